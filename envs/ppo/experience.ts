import * as tf from '@tensorflow/tfjs';
import type { Model, Teacher } from '../../src/core/types';
import { gaussianLogProbability } from '../gaussian';
import { outputsOf } from '../policy';
import type { Actions } from '../spaces';
import type { VectorEnvironment } from '../vector';
import { gae } from './gae';
import { crossEntropies, type RewardOptions, shapedRewards } from './reward';

/** A rollout ready to learn from, time-major: row t·n + i is step t of environment i. */
export interface Experience {
  /** [T·n, observation size] */
  readonly observations: Float32Array;
  /** [T·n, …one action]: int32 of a Discrete space, float32 of a Box, there as drawn, before they were held within it. */
  readonly actions: Actions;
  /** [T·n] each. */
  readonly logProbabilities: Float32Array;
  readonly values: Float32Array;
  readonly advantages: Float32Array;
  readonly returns: Float32Array;
}

interface FinishOptions {
  readonly gamma: number;
  readonly lambda: number;
  readonly reward?: RewardOptions | undefined;
  readonly critic?: 'student' | 'teacher' | undefined;
  readonly teacher?: Teacher | undefined;
}

/** What the teacher says of the states, as far as it is asked; call within `tf.tidy`. */
function taught(
  { reward, critic, teacher }: Pick<FinishOptions, 'reward' | 'critic' | 'teacher'>,
  seen: Float32Array,
  rows: number,
): { values?: Float32Array; logits?: Float32Array } {
  const asked = critic === 'teacher' || (reward?.teacher ?? 0) > 0;
  if (!asked || teacher === undefined) return {};
  const { logits, taps } = outputsOf(teacher, seen, rows);
  return {
    ...(critic === 'teacher' && { values: taps.value!.dataSync<'float32'>() }),
    ...((reward?.teacher ?? 0) > 0 && { logits: logits.dataSync<'float32'>() }),
  };
}

/**
 * Records T steps of a vector of environments. Values and log-probabilities come at the end, from one forward pass
 * over everything seen: the actor does not change within a rollout, and one large pass is far cheaper than T small ones.
 */
export class Recorder {
  private readonly width: number;
  private readonly observations: Float32Array;
  private readonly actions: Actions;
  private readonly rewards: Float32Array;
  private readonly terminated: Uint8Array;
  private readonly truncated: Uint8Array;
  /** Rows that the time limit cut off, and the observations they led to. */
  private readonly cutRows: number[] = [];
  private readonly cutObservations: Float32Array[] = [];

  constructor(
    private readonly vector: VectorEnvironment,
    steps: number,
  ) {
    const rows = steps * vector.size;
    this.width = vector.dynamics.observationSpace.size;
    this.observations = new Float32Array(rows * this.width);
    this.actions = vector.dynamics.actionSpace.array(rows);
    this.rewards = new Float32Array(rows);
    this.terminated = new Uint8Array(rows);
    this.truncated = new Uint8Array(rows);
  }

  /** Before the vector's step `t` with these actions. */
  before(t: number, actions: Actions): void {
    this.observations.set(this.vector.observations, t * this.vector.observations.length);
    this.actions.set(actions, t * actions.length);
  }

  /** After the vector's step `t`. */
  after(t: number): void {
    const { vector, width } = this;
    const from = t * vector.size;
    this.rewards.set(vector.rewards, from);
    this.terminated.set(vector.terminated, from);
    this.truncated.set(vector.truncated, from);
    for (let i = 0; i < vector.size; i++) {
      if (vector.truncated[i] !== 1 || vector.terminated[i] === 1) continue;
      this.cutRows.push(from + i);
      this.cutObservations.push(vector.finalObservations.slice(i * width, (i + 1) * width));
    }
  }

  /** Advantages and value targets by the actor-critic that acted, or by the teacher where `reward` or `critic` say so. */
  finish(student: Model, options: FinishOptions): Experience {
    const { vector, actions, observations, rewards, terminated, truncated, cutRows } = this;
    const rows = rewards.length;
    const seen = new Float32Array((rows + vector.size + cutRows.length) * this.width);
    seen.set(observations);
    seen.set(vector.observations, observations.length);
    this.cutObservations.forEach((observation, k) => {
      seen.set(observation, observations.length + vector.observations.length + k * this.width);
    });
    const { reward, critic = 'student', teacher } = options;
    const { own, logits, logProbabilities, given } = tf.tidy(() => {
      const outputs = outputsOf(student, seen, seen.length / this.width);
      const logits = tf.logSoftmax(outputs.logits);
      return {
        own: outputs.taps.value!.dataSync<'float32'>(),
        logits: logits.dataSync<'float32'>(),
        logProbabilities: logProbabilitiesOf(outputs.logits, logits, actions, rows),
        given: taught({ reward, critic, teacher }, seen, seen.length / this.width),
      };
    });
    const afterEach = (all: Float32Array) => {
      const next = all.slice(vector.size, rows + vector.size);
      cutRows.forEach((row, k) => {
        next[row] = all[rows + vector.size + k]!;
      });
      return next;
    };
    const allValues = given.values ?? own;
    const values = allValues.slice(0, rows);
    const nextValues = afterEach(allValues);
    const paid =
      reward === undefined
        ? rewards
        : shapedRewards(
            {
              rewards,
              terminated,
              nextCrossEntropy:
                given.logits === undefined
                  ? new Float32Array(rows)
                  : afterEach(crossEntropies(logits, given.logits, student.classes, reward)),
            },
            reward,
          );
    const trajectories = { environments: vector.size, rewards: paid, values, nextValues, terminated, truncated };
    return {
      observations,
      actions,
      logProbabilities,
      values,
      ...gae(trajectories, options),
    };
  }
}

/** log π(a|s) of the actions taken in the first `rows` states. Call within `tf.tidy`. */
function logProbabilitiesOf(
  outputs: tf.Tensor2D,
  logSoftmax: tf.Tensor2D,
  actions: Actions,
  rows: number,
): Float32Array {
  const width = outputs.shape[1];
  if (actions instanceof Int32Array) {
    const all = logSoftmax.dataSync<'float32'>();
    return Float32Array.from(actions, (action, row) => all[row * width + action]!);
  }
  const taken = tf.tensor2d(actions, [rows, width / 2]);
  return gaussianLogProbability(tf.slice(outputs, [0, 0], [rows, width]), taken).dataSync<'float32'>();
}
