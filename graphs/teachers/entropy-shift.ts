import * as tf from '@tensorflow/tfjs';
import type { Batch, Model } from '../../src/core/types';
import { entropy } from '../../src/math/divergence';
import type { Rng } from '../../src/math/rng';

/**
 * How much the entropy of a teacher's prediction shifts under Gaussian noise on the features, by the largest shift:
 * ρ_i = |H(T(X + ε)_i) − H(T(X)_i)| / max (Wu et al. 2023, arXiv:2306.05628, eq. 5), averaged over `repeats` draws. Of features
 * stored as a matrix the entries move, those that are zero stay. [nodes], 0 to 1.
 */
export function entropyShift({ rng, deviation, repeats }: { rng: Rng; deviation: number; repeats: number }) {
  return (model: Model, batch: Batch): tf.Tensor1D => {
    const entropyOn = (on: Batch) => entropy(model.forward(on, { training: false }).logits);
    const quiet = entropyOn(batch);
    const shifts = Array.from({ length: repeats }, (_, i) =>
      tf.abs(tf.sub(entropyOn(noisy(batch, rng.split('noise', i), deviation)), quiet)),
    );
    const sum = shifts.reduce((a, b) => tf.add(a, b));
    return tf.div(sum, tf.maximum(tf.max(sum), 1e-12));
  };
}

function noisy(batch: Batch, rng: Rng, deviation: number): Batch {
  const moved = (values: tf.Tensor) =>
    tf.add(values, tf.tensor(rng.normal(values.size, 0, deviation), values.shape, 'float32'));
  const { extras = {} } = batch;
  const indices = extras['features/indices'];
  if (indices === undefined) return { ...batch, x: moved(batch.x) };
  const values = extras['features/values'] ?? tf.ones([indices.size]);
  return { ...batch, extras: { ...extras, 'features/values': moved(values) } };
}
