import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../math/rng';
import { Draws } from './draws';
import { momentAt } from './moment';
import { type Schedule, valueAt } from './schedule';
import { tidy } from './tidy';
import type {
  Batch,
  GradientEstimator,
  Lesson,
  Metrics,
  Model,
  Moment,
  Objective,
  Optimizer,
  Params,
  Progress,
  Teacher,
} from './types';

/** One model being trained: what it minimises, how its gradient is made and applied. */
export interface Learner {
  readonly name: string;
  readonly student: Model;
  readonly objective: Objective;
  readonly estimator: GradientEstimator;
  readonly optimizer: Optimizer;
  readonly learningRate: Schedule;
  /** Updates on each batch, default 1. Schedules and rates then count its own updates. */
  readonly updatesPerBatch?: number;
}

/** A learner with what its updates change. */
export interface Trained {
  readonly learner: Learner;
  readonly params: Params;
  readonly state: Params;
}

/** Everything of an update that changes from step to step, besides the lesson. */
export interface StepValues {
  readonly moment: Moment;
  readonly draws: Draws;
  /** What `optimizer.rates` came to. */
  readonly rates: Readonly<Record<string, tf.Scalar>>;
}

/** When an update is made, and the key of its random numbers. */
export interface When {
  readonly at: Progress;
  readonly rng: Rng;
}

/** Makes one update; what the estimator measured is read only where asked for. */
export type Step = (batch: Batch, when: When, measure: boolean) => Metrics;

/** How a learner's steps are made: one tensor operation after the other, or as a compiled program. */
export type MakeStep = (trained: Trained, teachers: readonly Teacher[]) => Step;

/**
 * One update of one learner: assigns its parameters and optimizer state, returns the estimator's scalars. Tensor
 * operations only, so that an engine can trace it once and run it as one program.
 */
export function update({ learner, params, state }: Trained, lesson: Lesson, values: StepValues) {
  const { student, objective, estimator, optimizer, name } = learner;
  const draws = values.draws.split(name);
  const { grads, metrics } = estimator.estimate(
    (part) => {
      const outputs = student.forward(part.batch, { training: true, draws: draws.split('forward') });
      return objective.loss(outputs, part, values.moment);
    },
    lesson,
    params,
    draws.split('estimator'),
  );
  optimizer.apply(params, state, grads, values.rates);
  return metrics;
}

/** The optimizer's numbers for an update. */
export function ratesAt({ optimizer, learningRate }: Learner, at: Progress): Readonly<Record<string, number>> {
  return optimizer.rates({ step: at.step + 1, learningRate: valueAt(learningRate, at) });
}

/** Steps by tfjs' own dispatch, one operation after the other. */
export const eagerStep: MakeStep = (trained, teachers) => (batch, when, measure) => {
  const measured = tidy(() => {
    const lesson = { batch, teachers: teachers.map((teacher) => teacher.signal(batch)) };
    const rates = Object.entries(ratesAt(trained.learner, when.at)).map(([name, rate]) => [name, tf.scalar(rate)]);
    return update(trained, lesson, {
      moment: momentAt(when.at),
      draws: new Draws(when.rng),
      rates: Object.fromEntries(rates),
    });
  });
  const metrics: Record<string, number> = {};
  for (const [name, scalar] of Object.entries(measured)) {
    if (measure) metrics[name] = scalar.dataSync()[0]!;
    scalar.dispose();
  }
  return metrics;
};
