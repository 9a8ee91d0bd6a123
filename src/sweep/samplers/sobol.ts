import { KdlabError } from '../../core/errors';
import { Rng } from '../../math/rng';
import { SOBOL_DIMENSIONS, sobolPoint } from '../../math/sobol';
import { type Axis, valueAtUnit } from '../axis';
import type { Sampler } from './sampler';

/**
 * Sobol's points under a random shift, spread more evenly than random draws; most even for a power of two of them.
 * Throws KdlabError for more axes than there are direction numbers.
 */
export function sobol(
  axes: Readonly<Record<string, Axis>>,
  { trials, seed }: { trials: number; seed: number },
): Sampler {
  const entries = Object.entries(axes);
  if (entries.length > SOBOL_DIMENSIONS)
    throw new KdlabError(`sobol has at most ${SOBOL_DIMENSIONS} axes, found ${entries.length}; use random`);
  const shift = Rng.root(seed).split('sweep/sobol').words(entries.length);
  return {
    count: trials,
    foreseeable: true,
    setting: (index) => {
      const point = sobolPoint(index, entries.length, shift);
      return Object.fromEntries(entries.map(([path, axis], i) => [path, valueAtUnit(axis, point[i]!)]));
    },
  };
}
