import type * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import crossEntropy from '../../src/objectives/cross-entropy';
import { row, training, weightsOf } from '../training';
import type { Arrays, Run, Setup } from '../workload';
import { clipped } from './clipping';
import type { Network } from './network';

export const BATCH = 256;
const BATCHES = 4;

/** First weights, and images in [0, 1) whose labels can be learnt: a prototype of the class under noise. */
export function privateArrays({ model }: Network): Arrays {
  const rng = Rng.root(0).split('images');
  const count = BATCHES * BATCH;
  const size = model.inputShape.reduce((product, length) => product * length);
  const labels = Int32Array.from(rng.split('labels').words(count), (word) => word % 10);
  const prototypes = rng.split('prototypes').uniform(10 * size);
  const noise = rng.split('noise').uniform(count * size);
  const x = noise.map((value, at) => (value + prototypes[labels[Math.floor(at / size)]! * size + (at % size)]!) / 2);
  return {
    ...weightsOf(model),
    x: { shape: [BATCHES, BATCH, ...model.inputShape], values: x },
    y: { shape: [BATCHES, BATCH], values: labels },
  };
}

/** SGD on clipped and noised gradients; the variant 'plain' takes the mean gradient instead. */
export function privateTraining(network: Network, { arrays, variant, random }: Setup): Run {
  const batches = Array.from(
    { length: BATCHES },
    (_, i): Batch => ({ x: row(arrays.x!, i), y: row(arrays.y!, i) as tf.Tensor1D, size: BATCH }),
  );
  return training({
    student: network.model,
    objective: { name: 'cross-entropy', ...crossEntropy.build({}) },
    ...(variant === 'plain' ? {} : { estimator: clipped(network, { norm: 1, noise: random ? 0.5 : 0 }) }),
    optimizer: 'sgd',
    learningRate: 0.1,
    batchAt: (step) => batches[step % BATCHES]!,
  });
}
