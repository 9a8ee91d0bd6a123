import { KdlabError } from '../src/core/errors';
import type { Json } from '../src/core/state';
import type { Rng } from '../src/math/rng';
import type { RandomSource, RandomSources } from './random';
import type { Drawing } from './render/drawing';
import type { Actions, Box, Discrete, Space } from './spaces';
import type { Stepping } from './stepping';

/** The states of n environments: one float64 array of length n for each component of the state. */
export type States = readonly Float64Array[];

/** Options of one reset by name, such as the bounds of the start distribution. */
export type ResetParameters = Readonly<Record<string, number>>;

export type Info = { readonly [key: string]: Json };

/**
 * What an environment is, apart from seeds, episodes and time limits: spaces, a start distribution and a
 * transition. It holds no state of its own; one definition serves the single environment and any vector of them.
 */
export interface Dynamics {
  /** Gymnasium's id, for example `CartPole-v1`. */
  readonly id: string;
  readonly description: string;
  /** What networks see. */
  readonly observationSpace: Box;
  /** Gymnasium's observation space where it numbers the states: observations are then the one-hot vectors of these. */
  readonly numberedObservations?: Discrete;
  readonly actionSpace: Space;
  /** What the actions of a Discrete space mean, or the elements of a Box, in their order. */
  readonly actionNames?: readonly string[];
  /** Number of components of a state. */
  readonly stateSize: number;
  /** Steps after which an episode is truncated; Infinity for none. */
  readonly maxEpisodeSteps: number;
  /** Mean return at which Gymnasium calls it solved; absent where it names none. */
  readonly rewardThreshold?: number;
  /** True where steps draw random numbers, not only resets. */
  readonly stochastic?: boolean;
  /** Names of the options that `reset` takes. */
  readonly resetParameters?: readonly string[];
  /** Draws a first state for environment `i`. Every component is written. */
  reset(states: States, i: number, random: RandomSource, parameters?: ResetParameters): void;
  /**
   * Advances every environment in place. actions [n] or [n, elements of an action]; rewards [n]; terminated [n] is 1
   * where an episode came to its end. Environment i draws from `random.of(i)`.
   */
  step(
    states: States,
    actions: Actions,
    rewards: Float32Array | Float64Array,
    terminated: Uint8Array,
    random: RandomSources,
  ): void;
  /** Writes the observations of environments `from` … `to − 1` to their rows of `out` [n, …observation shape]. */
  observe(states: States, from: number, to: number, out: Float32Array): void;
  /** What Gymnasium tells beside the observation. */
  info?(states: States, i: number): Info;
  /** Throws a KdlabError where the numbers are no state of this environment. */
  checkState?(state: readonly number[]): void;
  /** A picture of a state. Absent where there is none. */
  draw?(state: ArrayLike<number>): Drawing;
  /**
   * A faster way to step a vector with these keys and this limit of steps, equal in every bit to what the functions
   * above do; absent where there is none.
   */
  stepping?(keys: readonly Rng[], maxEpisodeSteps: number): Stepping;
}

/** The action space of an environment that a policy of logits can act in. Throws a KdlabError for any other. */
export function discreteActions({ id, actionSpace }: Pick<Dynamics, 'id' | 'actionSpace'>): Discrete {
  if (actionSpace.kind === 'discrete') return actionSpace;
  throw new KdlabError(`${id} has actions ${actionSpace}; logits for each action need a Discrete space`);
}
