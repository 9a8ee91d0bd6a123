import type * as tf from '@tensorflow/tfjs';
import { dpSgd } from '../../privacy/estimators/dp-sgd';
import type { Batch, GradientEstimator, Model, Source } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import crossEntropy from '../../src/objectives/cross-entropy';
import { row, training, weightsOf } from '../training';
import type { Arrays, Run, Setup } from '../workload';

export const BATCH = 256;
const BATCHES = 4;

/** First weights, and images in [0, 1) whose labels can be learnt: a prototype of the class under noise. */
export function privateArrays(model: Model): Arrays {
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

const objective = { name: 'cross-entropy', ...crossEntropy.build({}) };

/** DP-SGD on batches of one size, as if each were a sample of its expected size. The peers draw seeded noise too. */
function clipped(model: Model, random: boolean): GradientEstimator {
  const sampling = { kind: 'poisson', rate: 1, population: BATCH } as const;
  const estimator = dpSgd({ noiseMultiplier: random ? 0.5 : 0, clipNorm: 1, research: true, diagnostics: true });
  estimator.check({ objective, model, source: { sampling } as Source });
  return estimator;
}

/** SGD on clipped and noised gradients; the variant 'plain' takes the mean gradient instead. */
export function privateTraining(student: Model, { arrays, variant, random }: Setup): Run {
  const batches = Array.from(
    { length: BATCHES },
    (_, i): Batch => ({ x: row(arrays.x!, i), y: row(arrays.y!, i) as tf.Tensor1D, size: BATCH }),
  );
  return training({
    student,
    objective,
    ...(variant === 'plain' ? {} : { estimator: clipped(student, random) }),
    optimizer: 'sgd',
    learningRate: 0.1,
    batchAt: (step) => batches[step % BATCHES]!,
  });
}
