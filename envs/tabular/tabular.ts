import { KdlabError } from '../../src/core/errors';
import type { Dynamics, Info } from '../dynamics';
import type { RandomSource } from '../random';
import type { Drawing } from '../render/drawing';
import { Box, Discrete } from '../spaces';

/** One of the things that an action may lead to. */
export interface Outcome {
  readonly probability: number;
  readonly next: number;
  readonly reward: number;
  readonly terminated: boolean;
}

/** An environment of numbered states whose whole transition function is known: what dynamic programming needs. */
export interface TabularDynamics extends Dynamics {
  readonly numberedObservations: Discrete;
  readonly actionSpace: Discrete;
  /** Probability of each first state, [states]. */
  readonly start: Float64Array;
  /** Every outcome of an action; the probabilities sum to 1. */
  outcomes(state: number, action: number): readonly Outcome[];
}

/** Whether a definition is tabular, so that its outcomes can be asked. */
export function isTabular(dynamics: Dynamics): dynamics is TabularDynamics {
  return 'outcomes' in dynamics;
}

/**
 * Dynamics of numbered states from their outcomes, which are tabulated once. Networks see the one-hot vector of the
 * state. A reset and every step draw one uniform, as Gymnasium's do: the first outcome whose cumulative probability
 * exceeds it is taken.
 */
export function tabular(definition: {
  id: string;
  description: string;
  states: number;
  actions: readonly string[];
  maxEpisodeSteps: number;
  rewardThreshold?: number;
  start: (state: number) => number;
  outcomes: (state: number, action: number) => readonly Outcome[];
  info?: (state: number) => Info;
  draw: (state: number) => Drawing;
}): TabularDynamics {
  const { id, states: count, actions: names } = definition;
  const choices = names.length;
  const weights = Float64Array.from({ length: count }, (_, state) => definition.start(state));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const start = weights.map((weight) => weight / total);
  const table = Array.from({ length: count * choices }, (_, k) =>
    definition.outcomes(Math.floor(k / choices), k % choices),
  );
  const cumulative = table.map((outcomes) => sums(outcomes.map(({ probability }) => probability)));
  const startSums = sums([...start]);
  return {
    id,
    description: definition.description,
    observationSpace: new Box({ low: 0, high: 1, shape: [count] }),
    numberedObservations: new Discrete(count),
    actionSpace: new Discrete(choices),
    actionNames: names,
    stateSize: 1,
    maxEpisodeSteps: definition.maxEpisodeSteps,
    ...(definition.rewardThreshold !== undefined && { rewardThreshold: definition.rewardThreshold }),
    stochastic: true,
    start,
    outcomes: (state, action) => table[state * choices + action]!,

    reset(states, i, random) {
      states[0]![i] = pick(startSums, random);
    },

    step(states, actions, rewards, terminated, random) {
      const numbers = states[0]!;
      for (let i = 0; i < rewards.length; i++) {
        const k = numbers[i]! * choices + actions[i]!;
        const outcome = table[k]![pick(cumulative[k]!, random.of(i))]!;
        numbers[i] = outcome.next;
        rewards[i] = outcome.reward;
        terminated[i] = outcome.terminated ? 1 : 0;
      }
    },

    observe(states, from, to, out) {
      out.fill(0, from * count, to * count);
      for (let i = from; i < to; i++) out[i * count + states[0]![i]!] = 1;
    },

    info: (states, i) => ({ state: states[0]![i]!, ...definition.info?.(states[0]![i]!) }),

    checkState([state]) {
      if (!Number.isInteger(state) || state! < 0 || state! >= count)
        throw new KdlabError(`${id}: a state is an integer of 0 … ${count - 1}, found ${state}`);
    },

    draw: (state) => definition.draw(state[0]!),
  };
}

function sums(values: readonly number[]): Float64Array {
  let sum = 0;
  return Float64Array.from(values, (value) => (sum += value));
}

/** The first index whose cumulative probability exceeds a uniform; the first of all where rounding leaves none. */
function pick(cumulative: Float64Array, random: RandomSource): number {
  const u = random.uniform();
  for (let k = 0; k < cumulative.length; k++) if (cumulative[k]! > u) return k;
  return 0;
}
