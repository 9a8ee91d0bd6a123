import * as tf from '@tensorflow/tfjs';
import type { Rng } from '../../math/rng';

/**
 * Inverted dropout (Srivastava et al. 2014): each element survives with probability 1 − rate and is divided by it.
 * 16 random bits an element, so the rate is exact to 1/65536. The mask comes from `rng`; tfjs' own seeded dropout
 * would draw the same mask at every step. Throws Error without an `rng`.
 */
export function dropout<T extends tf.Tensor>(x: T, { rate, rng }: { rate: number; rng?: Rng | undefined }): T {
  if (rng === undefined) throw new Error('dropout in training needs a random key: pass `rng` to forward()');
  const words = rng.words(Math.ceil(x.size / 2));
  const halves = new Uint16Array(words.buffer, words.byteOffset, words.length * 2);
  const threshold = Math.round(rate * 65536);
  const scale = 1 / (1 - rate);
  const mask = new Float32Array(x.size);
  for (let i = 0; i < mask.length; i++) mask[i] = halves[i]! >= threshold ? scale : 0;
  return tf.mul(x, tf.tensor(mask, x.shape)) as T;
}
