import * as tf from '@tensorflow/tfjs';
import { buildOptimizer } from '../src/config/training';
import type { Learner } from '../src/core/step';
import type { Batch, GradientEstimator, Model, Objective, Params, Teacher } from '../src/core/types';
import { meanEstimator } from '../src/estimators/mean';
import { Rng } from '../src/math/rng';
import { stepsOfEngine } from './step';
import type { Arrays, Run } from './workload';

export interface Training {
  readonly student: Model;
  readonly objective: Objective;
  readonly teachers?: readonly Teacher[];
  /** Default: the mean. */
  readonly estimator?: GradientEstimator;
  readonly optimizer: 'adam' | 'sgd';
  readonly learningRate: number;
  /** The batch of a step, counted from 0. */
  batchAt(step: number): Batch;
  /** True where batches are made for one step and disposed after it. */
  readonly disposable?: boolean;
}

/** The project's own training step on the engine in use; the value is the loss of the last step. */
export function training(options: Training): Run {
  const { student, objective, teachers = [], estimator = meanEstimator(), learningRate, batchAt, disposable } = options;
  const optimizer = buildOptimizer({ [options.optimizer]: defaults(options.optimizer) });
  const learner: Learner = { name: 'student', student, objective, estimator, optimizer, learningRate };
  const params: Params = student.params;
  const step = stepsOfEngine()({ learner, params, state: optimizer.init(params) }, teachers);
  const rng = Rng.root(0);
  let at = 0;
  return (steps) => {
    let loss = Number.NaN;
    for (let i = 0; i < steps; i++, at++) {
      const batch = batchAt(at);
      const last = i === steps - 1;
      const measured = step(batch, { at: { step: at, epoch: 0, progress: 0 }, rng: rng.split('step', at) }, last);
      if (last) loss = measured.loss!;
      if (disposable === true) tf.dispose([batch.x, batch.y].filter((tensor) => tensor !== undefined));
    }
    return loss;
  };
}

function defaults(name: 'adam' | 'sgd') {
  return name === 'adam'
    ? { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 }
    : { momentum: 0, nesterov: false, weightDecay: 0 };
}

/** The first values of a model's parameters, for the peers. */
export function weightsOf({ params }: Model): Arrays {
  return Object.fromEntries(
    Object.entries(params).map(([name, variable]) => [
      name,
      { shape: variable.shape, values: Float32Array.from(variable.dataSync()) },
    ]),
  );
}

/** Row `i` of an array [n, …] as an array of its own. */
export function row({ shape, values }: Arrays[string], i: number): tf.Tensor {
  const rest = shape.slice(1);
  const size = rest.reduce((product, length) => product * length, 1);
  const part = values.slice(i * size, (i + 1) * size);
  return tf.tensor(part, rest, values instanceof Float32Array ? 'float32' : 'int32');
}
