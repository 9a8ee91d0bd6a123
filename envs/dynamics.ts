import type { Rng, Stream } from '../src/math/rng';
import type { Box, Discrete } from './spaces';
import type { Stepping } from './stepping';

/** The states of n environments: one float64 array of length n for each component of the state. */
export type States = readonly Float64Array[];

/**
 * What an environment is, apart from seeds, episodes and time limits: spaces, a start distribution and a
 * transition. It holds no state of its own; one definition serves the single environment and any vector of them.
 */
export interface Dynamics {
  /** Gymnasium's id, for example `CartPole-v1`. */
  readonly id: string;
  readonly description: string;
  readonly observationSpace: Box;
  readonly actionSpace: Discrete;
  /** Number of components of a state. */
  readonly stateSize: number;
  /** Steps after which an episode is truncated. */
  readonly maxEpisodeSteps: number;
  /** Draws a first state for environment `i`. */
  reset(states: States, i: number, stream: Stream): void;
  /** Advances every environment in place. rewards [n]; terminated [n] is 1 where an episode came to its end. */
  step(states: States, actions: Int32Array, rewards: Float32Array, terminated: Uint8Array): void;
  /** Writes the observations of environments `from` … `to − 1` to their rows of `out` [n, …observation shape]. */
  observe(states: States, from: number, to: number, out: Float32Array): void;
  /**
   * A faster way to step a vector with these keys, equal in every bit to what the functions above do; absent where
   * there is none.
   */
  stepping?(keys: readonly Rng[]): Stepping;
}
