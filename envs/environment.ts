import { KdlabError } from '../src/core/errors';
import type { Json } from '../src/core/state';
import { Rng } from '../src/math/rng';
import type { Dynamics } from './dynamics';
import type { Box, Discrete } from './spaces';

export type Info = { readonly [key: string]: Json };

export interface ResetOptions {
  /** Starts a new sequence of episodes drawn from this key. */
  readonly rng?: Rng;
  /** The same from a seed. */
  readonly seed?: number;
  /** Begins in this unwrapped state instead of a drawn one. */
  readonly state?: readonly number[];
}

export interface StepResult {
  /** Float32, the observation space's shape, row-major. */
  readonly observation: Float32Array;
  readonly reward: number;
  /** The episode came to its own end: no value lies beyond it. */
  readonly terminated: boolean;
  /** The time limit cut the episode off: what lies beyond still has a value. */
  readonly truncated: boolean;
  readonly info: Info;
}

/** One environment with Gymnasium's interface. */
export interface Environment {
  readonly id: string;
  readonly observationSpace: Box;
  readonly actionSpace: Discrete;
  readonly maxEpisodeSteps: number;
  /** The unwrapped float64 state. */
  readonly state: Float64Array;
  /**
   * Begins an episode. Without `rng`, `seed` or `state` it is the next of the sequence begun earlier; throws a
   * KdlabError where there is none, since no entropy is taken from the machine.
   */
  reset(options?: ResetOptions): { observation: Float32Array; info: Info };
  /** Throws a KdlabError for an action outside the space, before `reset`, and after the end of an episode. */
  step(action: number): StepResult;
}

/** A single environment of the given dynamics, with its time limit. */
export function environmentOf(dynamics: Dynamics): Environment {
  const { id, observationSpace, actionSpace, maxEpisodeSteps } = dynamics;
  const states = Array.from({ length: dynamics.stateSize }, () => new Float64Array(1));
  const actions = new Int32Array(1);
  const rewards = new Float32Array(1);
  const ends = new Uint8Array(1);
  let key: Rng | undefined;
  let episode = 0;
  let elapsed = 0;
  let phase: 'new' | 'running' | 'ended' = 'new';

  const observe = () => {
    const observation = new Float32Array(observationSpace.size);
    dynamics.observe(states, 0, 1, observation);
    return observation;
  };

  return {
    id,
    observationSpace,
    actionSpace,
    maxEpisodeSteps,
    get state() {
      return Float64Array.from(states, (component) => component[0]!);
    },

    reset({ rng, seed, state } = {}) {
      if (rng !== undefined || seed !== undefined) {
        key = rng ?? Rng.root(seed!);
        episode = 0;
      }
      if (state !== undefined) {
        if (state.length !== states.length || !state.every(Number.isFinite))
          throw new KdlabError(`${id}: a state is ${states.length} finite numbers, found [${state.join(', ')}]`);
        state.forEach((value, component) => {
          states[component]![0] = value;
        });
      } else {
        if (key === undefined)
          throw new KdlabError(`${id}: the first reset needs a source of randomness; pass { seed } or { rng }`);
        dynamics.reset(states, 0, key.split('episode', episode++).stream());
      }
      elapsed = 0;
      phase = 'running';
      return { observation: observe(), info: {} };
    },

    step(action) {
      if (phase !== 'running')
        throw new KdlabError(
          phase === 'new'
            ? `${id}: step before the first reset; call reset({ seed }) first`
            : `${id}: step after the end of the episode; call reset() first`,
        );
      if (!actionSpace.contains(action))
        throw new KdlabError(`${id}: action ${action} is outside ${actionSpace}; pass one of its members`);
      actions[0] = action;
      dynamics.step(states, actions, rewards, ends);
      const terminated = ends[0] === 1;
      const truncated = ++elapsed >= maxEpisodeSteps;
      if (terminated || truncated) phase = 'ended';
      return { observation: observe(), reward: rewards[0]!, terminated, truncated, info: {} };
    },
  };
}
