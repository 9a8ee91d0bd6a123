import type { ModelResult } from '../../src/core/results';

/** What the models of a distillation are called in its results. */
export const roleNames: Readonly<Record<ModelResult['role'], string>> = {
  teacher: 'teacher',
  student: 'student, distilled',
  reference: 'student, plainly distilled',
  baseline: 'student alone',
};
