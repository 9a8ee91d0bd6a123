import * as tf from '@tensorflow/tfjs';
import type { Draws } from '../src/core/draws';

/**
 * Where the noise comes from. `secret`: the cryptographic generator, for anything that is released. `seeded`: the run's
 * seed, so that whoever knows it can subtract the noise; for research alone.
 */
export type NoiseSource = 'secret' | 'seeded';

/**
 * Standard normals of a shape. As the sum of several draws over the root of their number, a value has many more
 * representations than one float32 pair gives, which closes the attack on the least significant bits (Mironov 2012;
 * Holohan and Braghin 2021, arXiv:2107.10138).
 */
export function noise(
  draws: Draws,
  shape: readonly number[],
  { source, sum }: { source: NoiseSource; sum: number },
): tf.Tensor {
  const all = Array.from({ length: sum }, (_, i) =>
    source === 'secret' ? draws.secretNormal(shape) : draws.split('noise', i).normal(shape),
  );
  const added = all.reduce((a, b) => tf.add(a, b));
  return sum === 1 ? added : tf.mul(added, 1 / Math.sqrt(sum));
}
