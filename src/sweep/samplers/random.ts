import { Rng } from '../../math/rng';
import { type Axis, valueAtUnit } from '../axis';
import type { Sampler } from './sampler';

/** Independent draws; setting `i` does not depend on how many are asked for. */
export function random(
  axes: Readonly<Record<string, Axis>>,
  { trials, seed }: { trials: number; seed: number },
): Sampler {
  const rng = Rng.root(seed).split('sweep/random');
  return {
    count: trials,
    foreseeable: true,
    setting: (index) => {
      const stream = rng.split('setting', index).stream();
      return Object.fromEntries(
        Object.entries(axes).map(([path, axis]) => [path, valueAtUnit(axis, stream.uniform())]),
      );
    },
  };
}
