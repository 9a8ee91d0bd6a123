import type { Rng } from '../src/math/rng';
import { mean } from '../src/math/statistics';
import { type Act, withinBounds } from './policy';
import { dynamicsOf, type EnvironmentSpec, makeVector } from './registry';

export interface EvaluationOptions {
  /** Greedy or sampled: see `actBy`. */
  readonly act: Act;
  readonly id: EnvironmentSpec;
  readonly episodes: number;
  /** Give it a key that training does not use. The same key gives every policy the same first states. */
  readonly rng: Rng;
}

export interface Evaluation {
  /** Undiscounted return and number of steps of each episode, [episodes]. */
  readonly returns: Float64Array;
  readonly lengths: Int32Array;
}

/**
 * Runs whole episodes of a policy, all side by side in one vector of environments: as many forward passes as the
 * longest episode has steps. Throws KdlabError for an unknown environment.
 */
export function evaluatePolicy(options: EvaluationOptions): Evaluation {
  return run(options, () => undefined);
}

/**
 * `count` observations drawn without replacement from all that a policy meets in whole episodes, so that early and
 * late states have their share; fewer where the episodes hold fewer. [count, …observation shape], row-major.
 */
export function recordStates({ count, ...options }: EvaluationOptions & { count: number }): Float32Array {
  const width = dynamicsOf(options.id).observationSpace.size;
  const visited: number[] = [];
  run(options, (observations, i) => {
    for (let k = i * width; k < (i + 1) * width; k++) visited.push(observations[k]!);
  });
  const total = visited.length / width;
  const chosen = options.rng.split('chosen').permutation(total).subarray(0, count).sort();
  const out = new Float32Array(chosen.length * width);
  chosen.forEach((row, to) => {
    for (let k = 0; k < width; k++) out[to * width + k] = visited[row * width + k]!;
  });
  return out;
}

/** Mean return of actions drawn evenly from the action space: where a relative score has its zero. */
export function randomReturn(options: Omit<EvaluationOptions, 'act'>): number {
  const { actionSpace } = dynamicsOf(options.id);
  const { size } = actionSpace;
  const act: Act = (_observations, actions, stream) => {
    for (let i = 0; i < actions.length; i += size) {
      const action = actionSpace.sample(stream);
      if (typeof action === 'number') actions[i] = action;
      else actions.set(action, i);
    }
  };
  return mean(evaluatePolicy({ ...options, act }).returns);
}

function run(
  { act, id, episodes, rng }: EvaluationOptions,
  visit: (observations: Float32Array, i: number) => void,
): Evaluation {
  const vector = makeVector({ id, environments: episodes, rng: rng.split('environments') });
  const stream = rng.split('actions').stream();
  const actions = vector.actions();
  const returns = new Float64Array(episodes);
  const lengths = new Int32Array(episodes);
  let unfinished = episodes;
  while (unfinished > 0) {
    for (let i = 0; i < episodes; i++) if (lengths[i] === 0) visit(vector.observations, i);
    act(vector.observations, actions, stream);
    vector.step(withinBounds(actions, vector.dynamics.actionSpace));
    for (let i = 0; i < episodes; i++) {
      if (lengths[i] !== 0 || !vector.ended(i)) continue;
      returns[i] = vector.episodeReturns[i]!;
      lengths[i] = vector.episodeLengths[i]!;
      unfinished--;
    }
  }
  return { returns, lengths };
}
