import { KdlabError } from '../../core/errors';
import type { TapShapes } from './taps';

/** Throws KdlabError where attention of student and teacher cannot be compared head by head. */
export function sameHeads(asker: string, { student, teacher }: TapShapes): void {
  if (student.length === teacher.length && student.every((size, i) => size === teacher[i])) return;
  throw new KdlabError(
    `${asker} compares attention head by head: the student's is [${student}], the teacher's [${teacher}] (heads, tokens); ` +
      'give both the same heads and length (widths may differ)',
  );
}
