import { z } from 'zod';
import { bestValidation } from '../../graphs/evaluate/best-validation';
import type { Kept } from '../../graphs/sources/whole-graph';
import { buildObjective, type objectives } from '../../src/config/objectives';
import type { Stage } from '../../src/core/trainer';
import type { Model, Source, Teacher } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { learnerOf, type Updates, updateShape } from './estimators';

type Entries = z.output<ReturnType<typeof objectives>>;

/** Keys of how a model is trained; `of` says what a batch is counted in. */
export const trainingShape = (batchSize: number, of: string) => ({
  epochs: z.number().int().positive().default(50),
  batchSize: z.number().int().positive().default(batchSize).describe(of),
  patience: z.number().int().positive().optional().describe('validations without a better one after which it ends'),
  evaluateEvery: z.number().int().positive().default(1).describe('epochs between validations'),
  ...updateShape,
});

export interface Training extends Updates {
  readonly epochs: number;
  readonly patience?: number | undefined;
  readonly evaluateEvery: number;
  readonly objective: Entries;
}

export interface DistillationParts {
  readonly teacher: { readonly model: Model; readonly training: Training };
  readonly student: { readonly model: Model; readonly training: Training };
  /** The same student without the teacher, and what it learns from. */
  readonly baseline?: { readonly model: Model; readonly objective: Entries };
  readonly folders: readonly string[];
  /** Each stage has its own; `kept` is saved with it. */
  readonly source: (stage: string, kept: Kept | undefined) => Source;
  /** What a model is chosen by, the more the better. */
  readonly validate: (model: Model) => () => number;
  readonly rng: Rng;
}

/**
 * A teacher from labels, a student from the teacher, and the same student from the same start for as many steps without it,
 * each ending with the parameters of its best validation.
 */
export function distillationStages(parts: DistillationParts): Stage[] {
  const { teacher, student, baseline, folders, source, validate, rng } = parts;
  const guide: Teacher = { ...teacher.model, signal: (batch) => teacher.model.forward(batch, { training: false }) };
  const stage = (
    name: string,
    {
      model,
      training,
      objective: entries,
      taught,
    }: { model: Model; training: Training; objective: Entries; taught: boolean },
  ): Stage => {
    const randomness = name === 'baseline' ? 'student' : name;
    const trial = source(name, undefined);
    // The student alone takes as many steps, also where its epochs, of labelled examples only, are shorter.
    const stepsPerEpoch = (name === 'baseline' ? source('student', undefined) : trial).stepsPerEpoch!;
    const place = {
      student: model,
      teachers: [guide],
      batch: trial.example!(),
      rng: rng.split(`objective/${randomness}`),
    };
    const objective = buildObjective(entries, folders, place);
    const { patience, epochs, evaluateEvery } = training;
    const { evaluation, kept } = bestValidation({
      params: model.params,
      steps: epochs * stepsPerEpoch,
      every: evaluateEvery * stepsPerEpoch,
      ...(patience === undefined ? {} : { patience }),
      validate: validate(model),
    });
    return {
      name,
      title: TITLES[name]!(objective.name),
      learners: [learnerOf(name, model, objective, training)],
      teachers: taught ? [guide] : [],
      source: source(name, kept),
      steps: epochs * stepsPerEpoch,
      randomness,
      evaluation,
    };
  };
  return [
    stage('teacher', { ...teacher, objective: teacher.training.objective, taught: false }),
    stage('student', { ...student, objective: student.training.objective, taught: true }),
    ...(baseline === undefined ? [] : [stage('baseline', { training: student.training, ...baseline, taught: false })]),
  ];
}

const TITLES: Readonly<Record<string, (objective: string) => string>> = {
  teacher: () => 'teacher, from labels',
  student: (objective) => `student, from the teacher (${objective})`,
  baseline: () => 'the same student, from labels alone',
};
