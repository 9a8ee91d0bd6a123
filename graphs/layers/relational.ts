import * as tf from '@tensorflow/tfjs';
import { neighborMean } from '../../src/sparse/aggregate';
import { relationOf } from '../batch';
import type { Layer, LayerPlace } from './stack';

/**
 * x_i W_0 + Σ_r mean of x_j W_r over the neighbours by relation r + b (Schlichtkrull et al. 2018, eq. 2). With `bases`,
 * W_r = Σ_b a_rb V_b (eq. 3). Tap `message<n>`: the sum over the relations.
 */
export function relationalLayer(
  { weights, name, number, from, to }: LayerPlace,
  { relations, bases }: { relations: number; bases: number },
): Layer {
  const own = weights.kernel(`${name}/self`, from, to);
  const bias = weights.bias(`${name}/bias`, to);
  const shared = Array.from({ length: bases }, (_, b) => weights.kernel(`${name}/basis${b}`, from, to));
  const mixture = bases > 0 ? weights.kernel(`${name}/mixture`, relations, bases) : undefined;
  const separate =
    bases > 0 ? [] : Array.from({ length: relations }, (_, r) => weights.kernel(`${name}/relation${r}`, from, to));
  return (input, { batch, tap }) => {
    const sent =
      mixture === undefined
        ? separate.map((kernel) => input.project(kernel))
        : relationKernels(
            mixture,
            shared.map((kernel) => input.project(kernel)),
          );
    const received = sent.map((x, r) => neighborMean(relationOf(batch, r, name), x));
    const message = received.reduce((sum, x) => tf.add(sum, x));
    tap(`message${number}`, message);
    return tf.add(tf.add(message, input.project(own)), bias);
  };
}

/** Σ_b a_rb · (x V_b) for every relation r. */
function relationKernels(mixture: tf.Tensor2D, projected: readonly tf.Tensor2D[]): tf.Tensor2D[] {
  const [relations, bases] = mixture.shape;
  return Array.from({ length: relations }, (_, r) =>
    projected
      .slice(0, bases)
      .map((x, b) => tf.mul<tf.Tensor2D>(x, tf.slice(mixture, [r, b], [1, 1])))
      .reduce((sum, x) => tf.add(sum, x)),
  );
}
