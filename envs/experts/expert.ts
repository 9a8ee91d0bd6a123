import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Teacher } from '../../src/core/types';
import type { Dynamics } from '../dynamics';

/** A policy that was computed or written, not trained. */
export interface Expert {
  /** One line about how it was made. */
  readonly description: string;
  /**
   * What it makes of n observations [n, …observation shape], row-major: for a Discrete space a score for each action, the
   * best largest [n, actions]; for a Box the action itself [n, elements].
   */
  respond(observations: Float32Array, n: number): Float32Array;
}

export interface ExpertTeacherOptions {
  /**
   * `policy`: logits of the best action with probability 1 − epsilon, the rest shared. `scores`: the expert's own scores,
   * which are action values where it plans.
   */
  readonly output?: 'policy' | 'scores';
  readonly epsilon?: number;
  /** Standard deviation about the action in a Box, over half the width of its bounds. */
  readonly deviation?: number;
}

/**
 * An expert as a teacher: logits [n, actions] for a Discrete space, or means and then logarithms of standard deviations
 * [n, 2·elements] for a Box. It answers on the host, batch by batch.
 */
export function expertTeacher(
  { id, observationSpace, actionSpace }: Dynamics,
  expert: Expert,
  { output = 'policy', epsilon = 0.01, deviation = 0.1 }: ExpertTeacherOptions = {},
): Teacher {
  if (actionSpace.kind === 'multi-discrete')
    throw new KdlabError(`expert of ${id}: experts act in Discrete and Box spaces, found ${actionSpace}`);
  if (!(epsilon > 0 && epsilon < 1))
    throw new KdlabError(`expert of ${id}: epsilon lies within 0 … 1, found ${epsilon}`);
  const classes = actionSpace.kind === 'discrete' ? actionSpace.n : 2 * actionSpace.size;
  const answer = (observations: Float32Array, n: number): Float32Array => {
    const response = expert.respond(observations, n);
    if (actionSpace.kind === 'box') {
      const { size, low, high } = actionSpace;
      const logs = Array.from(low, (from, k) => Math.log((deviation * (high[k]! - from)) / 2));
      const out = new Float32Array(2 * response.length);
      for (let i = 0; i < n; i++) {
        out.set(response.subarray(i * size, (i + 1) * size), 2 * i * size);
        out.set(logs, (2 * i + 1) * size);
      }
      return out;
    }
    return output === 'scores' ? response : softened(response, n, epsilon);
  };
  return {
    id: `expert of ${id}`,
    inputShape: observationSpace.shape,
    classes,
    taps: [],
    lookup: true,
    signal: ({ x, size }) => ({
      logits: tf.tensor2d(answer(x.dataSync<'float32'>(), size), [size, classes], 'float32'),
      taps: {},
    }),
  };
}

/** Log-probabilities of the best of each row of scores with 1 − epsilon, the rest shared. */
function softened(scores: Float32Array, n: number, epsilon: number): Float32Array {
  const width = scores.length / n;
  const out = new Float32Array(scores.length).fill(Math.log(epsilon / Math.max(1, width - 1)));
  for (let i = 0; i < n; i++) out[i * width + best(scores, i * width, width)] = Math.log(1 - epsilon);
  return out;
}

/** Where the largest of scores[from … from + width − 1] lies; the first of several. */
export function best(scores: ArrayLike<number>, from: number, width: number): number {
  let at = 0;
  for (let k = 1; k < width; k++) if (scores[from + k]! > scores[from + at]!) at = k;
  return at;
}
