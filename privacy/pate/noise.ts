import { randomFillSync } from 'node:crypto';
import { argMax } from '../../src/math/arg-max';
import { cryptographicNormal } from '../../src/math/cryptographic-noise';
import type { Rng } from '../../src/math/rng';
import type { VoteNoise } from './aggregator';
import type { Votes } from './gnmax';

/** The class of the most votes after Gaussian noise of standard deviation σ on each count. */
export function noisyArgMax(votes: Votes, sigma: number, noise: VoteNoise): number {
  const drawn = noise.normal(votes.length);
  return argMax(Float64Array.from(votes, (count, j) => count + sigma * drawn[j]!));
}

/** Noise that a seed determines, for research: who knows the seed can take it away again. */
export function seededNoise(rng: Rng): VoteNoise {
  const stream = rng.stream();
  return {
    normal: (count) => Float64Array.from({ length: count }, () => stream.normal()),
    laplace: (count) => Float64Array.from({ length: count }, () => laplaceOf(stream.uniform())),
  };
}

/**
 * Noise from the cryptographic generator, which nobody can draw again. Each normal is half the sum of four: so that no single
 * floating-point draw, whose last bits could tell the count under it, stands for the noise (Holohan and Braghin 2021,
 * arXiv:2107.10138). Only the argmax ever leaves an aggregator.
 */
export const cryptographicNoise: VoteNoise = {
  normal: (count) => {
    const drawn = cryptographicNormal(4 * count);
    return Float64Array.from({ length: count }, (_, i) => {
      const at = 4 * i;
      return (drawn[at]! + drawn[at + 1]! + drawn[at + 2]! + drawn[at + 3]!) / 2;
    });
  },
  laplace: (count) => {
    const words = randomFillSync(new Uint32Array(2 * count));
    return Float64Array.from({ length: count }, (_, i) =>
      laplaceOf(((words[2 * i]! >>> 5) * 2 ** 26 + (words[2 * i + 1]! >>> 6)) / 2 ** 53),
    );
  },
};

/** A standard Laplace variable from a uniform one in [0, 1), by the inverse of its distribution function. */
function laplaceOf(uniform: number): number {
  const centred = uniform - 0.5 + 2 ** -54;
  return -Math.sign(centred) * Math.log1p(-2 * Math.abs(centred));
}
