import { KdlabError } from '../src/core/errors';
import type { State } from '../src/core/state';
import type { Rng } from '../src/math/rng';
import type { Dynamics } from './dynamics';
import type { Actions, Space } from './spaces';
import { type Stepping, stepping } from './stepping';

/**
 * n environments stepped together on typed arrays that are allocated once: copy what must outlive the next `step`.
 * An environment whose episode ends is reset within the same step: its row of `observations` then begins the next
 * episode, while `finalObservations`, `episodeReturns` and `episodeLengths` tell of the one that ended.
 *
 * Episode e of environment i is drawn from `rng.split('env', i).split('episode', e)`, whatever was done in any other
 * episode or environment: a single environment reset with `rng.split('env', i)` lives through the same ones. `stepped`
 * steps them in another way than this thread's loops: a pool of workers.
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
    { environments: n, rng, stepped }: { environments: number; rng: Rng; stepped?: (keys: readonly Rng[]) => Stepping },
  ) {
    if (!Number.isInteger(n) || n < 1)
      throw new KdlabError(`${dynamics.id}: a vector needs at least 1 environment, found ${n}`);
    const keys = Array.from({ length: n }, (_, i) => rng.split('env', i));
    this.size = n;
    this.stepping = stepped?.(keys) ?? dynamics.stepping?.(keys, dynamics.maxEpisodeSteps) ?? stepping(dynamics, keys);
    this.observations = this.stepping.observations;
    this.finalObservations = this.stepping.finalObservations;
    this.rewards = this.stepping.rewards;
    this.terminated = this.stepping.terminated;
    this.truncated = this.stepping.truncated;
    this.episodeReturns = this.stepping.episodeReturns;
    this.episodeLengths = this.stepping.episodeLengths;
  }

  /** Room for the actions of one step. */
  actions(): Actions {
    return this.dynamics.actionSpace.array(this.size);
  }

  /** actions [n, …one action]. Throws a KdlabError for one outside the action space. */
  step(actions: Actions): void {
    this.check(actions);
    this.stepping.step(actions);
  }

  /** Whether the last step ended environment `i`'s episode. */
  ended(i: number): boolean {
    return this.terminated[i] === 1 || this.truncated[i] === 1;
  }

  /** Ends the threads of a pool; nothing to do without one. It cannot be stepped afterwards. */
  async close(): Promise<void> {
    await this.stepping.close?.();
  }

  save(): State {
    const { states, elapsed, returns, episodes, positions } = this.stepping;
    return {
      id: this.dynamics.id,
      states: Object.fromEntries(states.map((component, i) => [String(i), component.slice()])),
      elapsed: elapsed.slice(),
      returns: returns.slice(),
      episodes: episodes.slice(),
      ...(positions && { positions: positions.slice() }),
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
    this.stepping.resume?.(saved.positions as Float64Array);
    this.dynamics.observe(states, 0, this.size, observations);
  }

  private check(actions: Actions): void {
    const { id, actionSpace } = this.dynamics;
    const { size } = actionSpace;
    if (actions.length !== this.size * size)
      throw new KdlabError(
        size === 1
          ? `${id}: ${actions.length} actions for ${this.size} environments; pass one for each`
          : `${id}: ${actions.length} numbers for ${this.size} environments; pass ${size} for each`,
      );
    if (actionSpace.kind !== 'box' && !(actions instanceof Int32Array))
      throw new KdlabError(`${id}: actions of ${actionSpace} are an Int32Array, found ${actions.constructor.name}`);
    if (areWithin(actions, actionSpace)) return;
    for (let i = 0; i < this.size; i++) {
      const action = actions.subarray(i * size, (i + 1) * size);
      if (actionSpace.kind === 'discrete' ? actionSpace.contains(action[0]!) : actionSpace.contains(action)) continue;
      const shown = size === 1 ? action[0] : `[${action.join(', ')}]`;
      throw new KdlabError(`${id}: action ${shown} of environment ${i} is outside ${actionSpace}`);
    }
  }
}

function areWithin(actions: Actions, space: Space): boolean {
  if (space.kind === 'discrete') {
    const last = space.start + space.n - 1;
    // Negative once an action is below the first or above the last: a loop without branches.
    let outside = 0;
    for (let i = 0; i < actions.length; i++) outside |= (actions[i]! - space.start) | (last - actions[i]!);
    return outside >= 0;
  }
  const { size } = space;
  for (let k = 0; k < actions.length; k++) {
    const element = k % size;
    const low = space.kind === 'box' ? space.low[element]! : 0;
    const high = space.kind === 'box' ? space.high[element]! : space.counts[element]! - 1;
    // Written so that what is no number is outside too.
    if (!(actions[k]! >= low && actions[k]! <= high)) return false;
  }
  return true;
}
