import { KdlabError } from '../../src/core/errors';
import type { TabularDynamics } from '../tabular/tabular';
import type { Expert } from './expert';

export interface ActionValues {
  /** [states · actions]: expected discounted return of an action and the best ones after it. */
  readonly q: Float64Array;
  /** [states] */
  readonly values: Float64Array;
  readonly sweeps: number;
}

const MAX_SWEEPS = 100_000;

/**
 * Optimal action values by value iteration (Bellman 1957) without a time limit, in place, until no value changes by more
 * than `tolerance`. With a discount below 1 ways that lead nowhere are worth less than those that arrive. Throws a
 * KdlabError where it does not come to an end.
 */
export function valueIteration(
  { id, numberedObservations, actionSpace, outcomes }: TabularDynamics,
  { discount = 0.99, tolerance = 1e-12 }: { discount?: number; tolerance?: number } = {},
): ActionValues {
  const { n: states } = numberedObservations;
  const { n: actions } = actionSpace;
  const values = new Float64Array(states);
  const q = new Float64Array(states * actions);
  for (let sweeps = 1; sweeps <= MAX_SWEEPS; sweeps++) {
    let change = 0;
    for (let state = 0; state < states; state++) {
      let most = Number.NEGATIVE_INFINITY;
      for (let action = 0; action < actions; action++) {
        let value = 0;
        for (const { probability, next, reward, terminated } of outcomes(state, action))
          value += probability * (reward + (terminated ? 0 : discount * values[next]!));
        q[state * actions + action] = value;
        most = Math.max(most, value);
      }
      change = Math.max(change, Math.abs(most - values[state]!));
      values[state] = most;
    }
    if (change <= tolerance) return { q, values, sweeps };
  }
  throw new KdlabError(`${id}: values still change after ${MAX_SWEEPS} sweeps; use a discount below 1`);
}

/** The optimal policy of an environment of numbered states, from its one-hot observations; scores are action values. */
export function tabularExpert(dynamics: TabularDynamics, options: { discount?: number } = {}): Expert {
  const { q } = valueIteration(dynamics, options);
  const { n: actions } = dynamics.actionSpace;
  const { n: states } = dynamics.numberedObservations;
  return {
    description: 'value iteration over all states',
    respond: (observations, n) => {
      const out = new Float32Array(n * actions);
      for (let i = 0; i < n; i++) {
        const state = observations.subarray(i * states, (i + 1) * states).indexOf(1);
        out.set(q.subarray(state * actions, (state + 1) * actions), i * actions);
      }
      return out;
    },
  };
}
