import { KdlabError } from '../src/core/errors';
import { unknownName } from '../src/core/section';
import type { State } from '../src/core/state';
import { Rng, Stream } from '../src/math/rng';
import type { Dynamics, Info, ResetParameters } from './dynamics';
import type { RandomSource } from './random';
import type { Drawing } from './render/drawing';
import type { Box, Space } from './spaces';

export type { Info } from './dynamics';

/** One action: a number of a Discrete space, or the elements of a member of the others. */
export type Action = number | ArrayLike<number>;

export interface ResetOptions {
  /** Starts a new sequence of episodes drawn from this key. */
  readonly rng?: Rng;
  /** The same from a seed. */
  readonly seed?: number;
  /** Begins in this unwrapped state instead of a drawn one. */
  readonly state?: readonly number[];
  /** Options of the environment's own reset by name, such as Gymnasium's `low` and `high`. */
  readonly options?: ResetParameters;
  /** Takes the random numbers of this episode from here instead: a recorded trajectory's draws. */
  readonly random?: RandomSource;
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
  readonly actionSpace: Space;
  readonly maxEpisodeSteps: number;
  /** Mean return at which it counts as solved, where there is such a number. */
  readonly rewardThreshold?: number;
  /** The unwrapped float64 state. */
  readonly state: Float64Array;
  /**
   * Begins an episode. Without `rng`, `seed`, `random` or `state` it is the next of the sequence begun earlier; throws a
   * KdlabError where there is none, since no entropy is taken from the machine, and for unknown `options`.
   */
  reset(options?: ResetOptions): { observation: Float32Array; info: Info };
  /** Throws a KdlabError for an action outside the space, before `reset`, and after the end of an episode. */
  step(action: Action): StepResult;
  /** A picture of the state. Throws a KdlabError before `reset`, and where the environment has none. */
  draw(): Drawing;
  /** Everything that the next steps and episodes follow from. Throws a KdlabError where `random` was given to `reset`. */
  save(): State;
  /** Takes up what an environment of this id saved. Throws a KdlabError for the state of another one. */
  load(saved: State): void;
}

/** A single environment of the given dynamics, with its time limit. */
export function environmentOf(dynamics: Dynamics): Environment {
  const { id, observationSpace, actionSpace, maxEpisodeSteps } = dynamics;
  const states = Array.from({ length: dynamics.stateSize }, () => new Float64Array(1));
  const actions = actionSpace.array(1);
  const rewards = new Float64Array(1);
  const ends = new Uint8Array(1);
  let key: Rng | undefined;
  let random: RandomSource | undefined;
  const sources = { of: () => random! };
  let episode = 0;
  let elapsed = 0;
  let phase: 'new' | 'running' | 'ended' = 'new';

  const observe = () => {
    const observation = new Float32Array(observationSpace.size);
    dynamics.observe(states, 0, 1, observation);
    return observation;
  };
  const info = () => dynamics.info?.(states, 0) ?? {};

  /** The random numbers of an episode, where a sequence has begun. */
  const streamOf = (number: number): Stream | undefined => key?.split('episode', number).stream();

  return {
    id,
    observationSpace,
    actionSpace,
    maxEpisodeSteps,
    ...(dynamics.rewardThreshold !== undefined && { rewardThreshold: dynamics.rewardThreshold }),
    get state() {
      return Float64Array.from(states, (component) => component[0]!);
    },

    reset({ rng, seed, state, options, random: given } = {}) {
      for (const name of Object.keys(options ?? {}))
        if (!dynamics.resetParameters?.includes(name))
          throw new KdlabError(`${id}: ${unknownName('option of reset', name, dynamics.resetParameters ?? [])}`);
      if (rng !== undefined || seed !== undefined) {
        key = rng ?? Rng.root(seed!);
        episode = 0;
      }
      const drawn = given === undefined && (state === undefined || dynamics.stochastic === true);
      if (drawn && key === undefined)
        throw new KdlabError(`${id}: the first reset needs a source of randomness; pass { seed } or { rng }`);
      if (drawn) random = streamOf(episode++)!;
      else if (given !== undefined) random = given;
      if (state !== undefined) {
        if (state.length !== states.length || !state.every(Number.isFinite))
          throw new KdlabError(`${id}: a state is ${states.length} finite numbers, found [${state.join(', ')}]`);
        dynamics.checkState?.(state);
        state.forEach((value, component) => {
          states[component]![0] = value;
        });
      } else dynamics.reset(states, 0, random!, options);
      elapsed = 0;
      phase = 'running';
      return { observation: observe(), info: info() };
    },

    step(action) {
      if (phase !== 'running')
        throw new KdlabError(
          phase === 'new'
            ? `${id}: step before the first reset; call reset({ seed }) first`
            : `${id}: step after the end of the episode; call reset() first`,
        );
      put(id, actionSpace, action, actions);
      dynamics.step(states, actions, rewards, ends, sources);
      const terminated = ends[0] === 1;
      const truncated = ++elapsed >= maxEpisodeSteps;
      if (terminated || truncated) phase = 'ended';
      return { observation: observe(), reward: rewards[0]!, terminated, truncated, info: info() };
    },

    draw() {
      if (dynamics.draw === undefined) throw new KdlabError(`${id} has no picture of its states`);
      if (phase === 'new') throw new KdlabError(`${id}: nothing to draw before the first reset; call reset({ seed })`);
      return dynamics.draw(states.map((component) => component[0]!));
    },

    save() {
      if (random !== undefined && !(random instanceof Stream))
        throw new KdlabError(`${id}: the random numbers of this episode come from outside and cannot be saved`);
      return {
        id,
        states: Float64Array.from(states, (component) => component[0]!),
        key: key?.key ?? null,
        episode,
        position: random?.position ?? null,
        elapsed,
        phase,
      };
    },

    load(saved) {
      if (saved.id !== id) throw new KdlabError(`${id}: cannot take up the state of ${String(saved.id)}`);
      (saved.states as Float64Array).forEach((value, component) => {
        states[component]![0] = value;
      });
      key = saved.key === null ? undefined : Rng.fromKey(...(saved.key as [number, number]));
      episode = saved.episode as number;
      random = saved.position === null ? undefined : streamOf(episode - 1);
      if (random instanceof Stream) random.position = saved.position as number;
      elapsed = saved.elapsed as number;
      phase = saved.phase as typeof phase;
    },
  };
}

/** Writes a checked action to `actions`. */
function put(id: string, space: Space, action: Action, actions: Int32Array | Float32Array): void {
  if (typeof action === 'number' && space.kind === 'discrete' && space.contains(action)) actions[0] = action;
  else if (typeof action === 'object' && space.kind !== 'discrete' && space.contains(action)) actions.set(action);
  else {
    const shown = typeof action === 'object' ? `[${Array.from(action).join(', ')}]` : String(action);
    throw new KdlabError(`${id}: action ${shown} is outside ${space}; pass one of its members`);
  }
}
