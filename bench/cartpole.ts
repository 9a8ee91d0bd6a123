import { Rng } from '../src/math/rng';
import type { Run } from './workload';

/** Pushes left and right, evenly. */
export function cartpoleActions(shape: readonly number[]) {
  const count = shape.reduce((product, length) => product * length, 1);
  return { shape, values: Int32Array.from(Rng.root(0).split('actions').words(count), (word) => word >>> 31) };
}

/** A run whose value is the mean length of the episodes ended so far. `advance` returns how many end in its steps. */
export function meanEpisode(advance: (steps: number) => number, environments = 1): Run {
  let stepped = 0;
  let ended = 0;
  return (steps) => {
    ended += advance(steps);
    stepped += steps * environments;
    return stepped / Math.max(1, ended);
  };
}
