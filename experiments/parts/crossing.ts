import type { State } from '../../src/core/state';
import type { Source } from '../../src/core/types';

/**
 * A source that remembers how many environment steps it had taken when a measured return first reached a goal; its
 * metrics then have `stepsToGoal`. The memory is part of its saved state.
 */
export interface Watched extends Source {
  /** To be told each validation's mean return. */
  measured(value: number, goal: number): void;
}

export function watched(source: Source): Watched {
  let reached: number | undefined;
  return {
    ...source,
    measured: (value, goal) => {
      if (reached === undefined && value >= goal) reached = source.metrics?.().envSteps;
    },
    metrics: () => ({ ...source.metrics?.(), ...(reached !== undefined && { stepsToGoal: reached }) }),
    save: () => ({ source: source.save(), ...(reached !== undefined && { reached }) }),
    load: (saved) => {
      source.load((saved.source ?? {}) as State);
      reached = saved.reached as number | undefined;
    },
  };
}
