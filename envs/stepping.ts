import type { Rng } from '../src/math/rng';
import type { Dynamics, States } from './dynamics';
import { EpisodeStreams } from './random';
import type { Actions } from './spaces';

/** What n environments are stepped by, on arrays that are allocated once. See VectorEnvironment for their meaning. */
export interface Stepping {
  readonly states: States;
  readonly observations: Float32Array;
  readonly finalObservations: Float32Array;
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly episodeReturns: Float64Array;
  readonly episodeLengths: Int32Array;
  /** [n] each, of the episode that runs. */
  readonly elapsed: Int32Array;
  readonly returns: Float64Array;
  /** Number of episodes begun, [n]. */
  readonly episodes: Int32Array;
  /** Words of random numbers that each running episode has consumed, [n]; absent where steps draw none. */
  readonly positions?: Float64Array;
  /** One step of every environment, and the next episode of those that end. actions [n, …], all within the space. */
  step(actions: Actions): void;
  /** Call after writing `states`, `episodes` and the positions given here: what is drawn next follows from them. */
  resume?(positions: Float64Array): void;
  /** Ends threads that step. */
  close?(): Promise<void>;
}

/** Environments of any dynamics, each with a key that its episodes are drawn from; the first ones have begun. */
export function stepping(dynamics: Dynamics, keys: readonly Rng[]): Stepping {
  const n = keys.length;
  const width = dynamics.observationSpace.size;
  const states = Array.from({ length: dynamics.stateSize }, () => new Float64Array(n));
  const observations = new Float32Array(n * width);
  const finalObservations = new Float32Array(n * width);
  const rewards = new Float32Array(n);
  const terminated = new Uint8Array(n);
  const truncated = new Uint8Array(n);
  const episodeReturns = new Float64Array(n);
  const episodeLengths = new Int32Array(n);
  const elapsed = new Int32Array(n);
  const returns = new Float64Array(n);
  const episodes = new Int32Array(n);
  const streams = new EpisodeStreams(n);

  function begin(i: number): void {
    streams.begin(i, keys[i]!.split('episode', episodes[i]!));
    dynamics.reset(states, i, streams.of(i));
    episodes[i] = episodes[i]! + 1;
    elapsed[i] = 0;
    returns[i] = 0;
  }

  function end(i: number): void {
    for (let k = i * width; k < (i + 1) * width; k++) finalObservations[k] = observations[k]!;
    episodeReturns[i] = returns[i]!;
    episodeLengths[i] = elapsed[i]!;
    begin(i);
    dynamics.observe(states, i, i + 1, observations);
  }

  for (let i = 0; i < n; i++) begin(i);
  dynamics.observe(states, 0, n, observations);
  return {
    states,
    observations,
    finalObservations,
    rewards,
    terminated,
    truncated,
    episodeReturns,
    episodeLengths,
    elapsed,
    returns,
    episodes,
    ...(dynamics.stochastic && {
      positions: streams.positions,
      resume: (positions: Float64Array) => {
        for (let i = 0; i < n; i++) streams.begin(i, keys[i]!.split('episode', episodes[i]! - 1), positions[i]!);
      },
    }),
    step: (actions) => {
      dynamics.step(states, actions, rewards, terminated, streams);
      dynamics.observe(states, 0, n, observations);
      const limit = dynamics.maxEpisodeSteps;
      for (let i = 0; i < n; i++) {
        const steps = elapsed[i]! + 1;
        const cut = steps >= limit ? 1 : 0;
        elapsed[i] = steps;
        returns[i] = returns[i]! + rewards[i]!;
        truncated[i] = cut;
        if ((terminated[i]! | cut) !== 0) end(i);
      }
    },
  };
}
