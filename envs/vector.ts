import { KdlabError } from '../src/core/errors';
import type { State } from '../src/core/state';
import type { Rng } from '../src/math/rng';
import type { Dynamics } from './dynamics';
import { type Stepping, stepping } from './stepping';

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

  private readonly stepping: Stepping;

  constructor(
    readonly dynamics: Dynamics,
    { environments: n, rng }: { environments: number; rng: Rng },
  ) {
    if (!Number.isInteger(n) || n < 1)
      throw new KdlabError(`${dynamics.id}: a vector needs at least 1 environment, found ${n}`);
    const keys = Array.from({ length: n }, (_, i) => rng.split('env', i));
    this.size = n;
    this.stepping = dynamics.stepping?.(keys) ?? stepping(dynamics, keys);
    this.observations = this.stepping.observations;
    this.finalObservations = this.stepping.finalObservations;
    this.rewards = this.stepping.rewards;
    this.terminated = this.stepping.terminated;
    this.truncated = this.stepping.truncated;
    this.episodeReturns = this.stepping.episodeReturns;
    this.episodeLengths = this.stepping.episodeLengths;
  }

  /** actions [n]. Throws a KdlabError for one outside the action space. */
  step(actions: Int32Array): void {
    this.check(actions);
    this.stepping.step(actions);
  }

  /** Whether the last step ended environment `i`'s episode. */
  ended(i: number): boolean {
    return this.terminated[i] === 1 || this.truncated[i] === 1;
  }

  save(): State {
    const { states, elapsed, returns, episodes } = this.stepping;
    return {
      id: this.dynamics.id,
      states: Object.fromEntries(states.map((component, i) => [String(i), component.slice()])),
      elapsed: elapsed.slice(),
      returns: returns.slice(),
      episodes: episodes.slice(),
    };
  }

  /** Takes up a saved state; the vector must have been made with the same `rng`. Throws Error on any mismatch. */
  load(saved: State): void {
    const { states, elapsed, returns, episodes, observations } = this.stepping;
    const savedElapsed = saved.elapsed as Int32Array;
    if (saved.id !== this.dynamics.id || savedElapsed.length !== this.size)
      throw new Error(
        `saved state holds ${savedElapsed.length} × ${String(saved.id)}, expected ${this.size} × ${this.dynamics.id}`,
      );
    const components = saved.states as State;
    states.forEach((component, i) => {
      component.set(components[i] as Float64Array);
    });
    elapsed.set(savedElapsed);
    returns.set(saved.returns as Float64Array);
    episodes.set(saved.episodes as Int32Array);
    this.dynamics.observe(states, 0, this.size, observations);
  }

  private check(actions: Int32Array): void {
    const { id, actionSpace } = this.dynamics;
    if (actions.length !== this.size)
      throw new KdlabError(`${id}: ${actions.length} actions for ${this.size} environments; pass one for each`);
    const last = actionSpace.start + actionSpace.n - 1;
    // Negative once an action is below the first or above the last: a loop without branches.
    let outside = 0;
    for (let i = 0; i < actions.length; i++) outside |= (actions[i]! - actionSpace.start) | (last - actions[i]!);
    if (outside >= 0) return;
    const i = actions.findIndex((action) => !actionSpace.contains(action));
    throw new KdlabError(`${id}: action ${actions[i]} of environment ${i} is outside ${actionSpace}`);
  }
}
