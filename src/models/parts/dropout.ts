import * as tf from '@tensorflow/tfjs';
import type { Draws } from '../../core/draws';

/**
 * Inverted dropout (Srivastava et al. 2014): each element survives with probability 1 − rate and is divided by it.
 * tfjs' own seeded dropout would draw the same mask at every step. Throws Error without `draws`.
 */
export function dropout<T extends tf.Tensor>(x: T, { rate, draws }: { rate: number; draws?: Draws | undefined }): T {
  if (draws === undefined) throw new Error('dropout in training needs random draws: pass `draws` to forward()');
  const kept = tf.cast(tf.greaterEqual(draws.uniform(x.shape), rate), 'float32');
  return tf.mul(x, tf.mul(kept, 1 / (1 - rate)));
}
