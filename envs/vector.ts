import { KdlabError } from '../src/core/errors';
import type { State } from '../src/core/state';
import type { Rng } from '../src/math/rng';
import type { Dynamics, States } from './dynamics';

/**
 * n environments stepped together on typed arrays that are allocated once: copy what must outlive the next `step`.
 * An environment whose episode ends is reset within the same step: its row of `observations` then begins the next
 * episode, while `finalObservations`, `episodeReturns` and `episodeLengths` tell of the one that ended.
 *
 * Episode e of environment i is drawn from `rng.split('env', i).split('episode', e)`, whatever was done in any other
 * episode or environment: a single environment reset with `rng.split('env', i)` lives through the same ones.
 */
export class VectorEnvironment {
  readonly size: number;
  /** [n, …observation shape], what to act on next. */
  readonly observations: Float32Array;
  /** [n, …observation shape], valid where `terminated` or `truncated` is 1. */
  readonly finalObservations: Float32Array;
  /** [n] each, of the last step. */
  readonly rewards: Float32Array;
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** [n] each, undiscounted and in steps, valid where `terminated` or `truncated` is 1. */
  readonly episodeReturns: Float64Array;
  readonly episodeLengths: Int32Array;

  private readonly states: States;
  private readonly keys: readonly Rng[];
  private readonly elapsed: Int32Array;
  private readonly returns: Float64Array;
  /** Number of episodes begun. */
  private readonly episodes: Int32Array;

  constructor(
    readonly dynamics: Dynamics,
    { environments: n, rng }: { environments: number; rng: Rng },
  ) {
    if (!Number.isInteger(n) || n < 1)
      throw new KdlabError(`${dynamics.id}: a vector needs at least 1 environment, found ${n}`);
    const width = dynamics.observationSpace.size;
    this.size = n;
    this.observations = new Float32Array(n * width);
    this.finalObservations = new Float32Array(n * width);
    this.rewards = new Float32Array(n);
    this.terminated = new Uint8Array(n);
    this.truncated = new Uint8Array(n);
    this.episodeReturns = new Float64Array(n);
    this.episodeLengths = new Int32Array(n);
    this.states = Array.from({ length: dynamics.stateSize }, () => new Float64Array(n));
    this.keys = Array.from({ length: n }, (_, i) => rng.split('env', i));
    this.elapsed = new Int32Array(n);
    this.returns = new Float64Array(n);
    this.episodes = new Int32Array(n);
    for (let i = 0; i < n; i++) this.begin(i);
    dynamics.observe(this.states, 0, n, this.observations);
  }

  /** actions [n]. Throws a KdlabError for one outside the action space. */
  step(actions: Int32Array): void {
    const { dynamics, size, rewards, terminated, truncated, elapsed, returns } = this;
    this.check(actions);
    dynamics.step(this.states, actions, rewards, terminated);
    dynamics.observe(this.states, 0, size, this.observations);
    const limit = dynamics.maxEpisodeSteps;
    for (let i = 0; i < size; i++) {
      const steps = elapsed[i]! + 1;
      const cut = steps >= limit ? 1 : 0;
      elapsed[i] = steps;
      returns[i] = returns[i]! + rewards[i]!;
      truncated[i] = cut;
      if ((terminated[i]! | cut) !== 0) this.end(i);
    }
  }

  /** Whether the last step ended environment `i`'s episode. */
  ended(i: number): boolean {
    return this.terminated[i] === 1 || this.truncated[i] === 1;
  }

  save(): State {
    return {
      id: this.dynamics.id,
      states: Object.fromEntries(this.states.map((component, i) => [String(i), component.slice()])),
      elapsed: this.elapsed.slice(),
      returns: this.returns.slice(),
      episodes: this.episodes.slice(),
    };
  }

  /** Takes up a saved state; the vector must have been made with the same `rng`. Throws Error on any mismatch. */
  load(saved: State): void {
    const elapsed = saved.elapsed as Int32Array;
    if (saved.id !== this.dynamics.id || elapsed.length !== this.size)
      throw new Error(
        `saved state holds ${elapsed.length} × ${String(saved.id)}, expected ${this.size} × ${this.dynamics.id}`,
      );
    const components = saved.states as State;
    this.states.forEach((component, i) => {
      component.set(components[i] as Float64Array);
    });
    this.elapsed.set(elapsed);
    this.returns.set(saved.returns as Float64Array);
    this.episodes.set(saved.episodes as Int32Array);
    this.dynamics.observe(this.states, 0, this.size, this.observations);
  }

  private begin(i: number): void {
    const episode = this.episodes[i]!;
    this.dynamics.reset(this.states, i, this.keys[i]!.split('episode', episode).stream());
    this.episodes[i] = episode + 1;
    this.elapsed[i] = 0;
    this.returns[i] = 0;
  }

  private end(i: number): void {
    const width = this.dynamics.observationSpace.size;
    for (let k = i * width; k < (i + 1) * width; k++) this.finalObservations[k] = this.observations[k]!;
    this.episodeReturns[i] = this.returns[i]!;
    this.episodeLengths[i] = this.elapsed[i]!;
    this.begin(i);
    this.dynamics.observe(this.states, i, i + 1, this.observations);
  }

  private check(actions: Int32Array): void {
    const { id, actionSpace } = this.dynamics;
    if (actions.length !== this.size)
      throw new KdlabError(`${id}: ${actions.length} actions for ${this.size} environments; pass one for each`);
    for (let i = 0; i < actions.length; i++) {
      const k = actions[i]! - actionSpace.start;
      if (k < 0 || k >= actionSpace.n)
        throw new KdlabError(`${id}: action ${actions[i]} of environment ${i} is outside ${actionSpace}`);
    }
  }
}
