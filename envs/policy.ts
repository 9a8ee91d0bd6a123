import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../src/core/errors';
import type { Model, Outputs, Teacher } from '../src/core/types';
import { inference } from '../src/engine/inference';
import type { Stream } from '../src/math/rng';
import { type Dynamics, discreteActions } from './dynamics';

/** How an action is taken from logits: the largest, or one drawn from their softmax. */
export type ActionChoice = 'greedy' | 'sampled';

/**
 * Chooses one action for each of n environments: observations [n, …shape], row-major, valid for the duration of the
 * call; writes `actions` [n]. Random choices are drawn from `stream`.
 */
export type Act = (observations: Float32Array, actions: Int32Array, stream: Stream) => void;

/** Runs a network on observations [rows, …its input shape]; call within `tf.tidy`. */
export function outputsOf(network: Model | Teacher, observations: Float32Array, rows: number): Outputs {
  const batch = { x: tf.tensor(observations, [rows, ...network.inputShape], 'float32'), size: rows };
  return 'forward' in network ? network.forward(batch, { training: false }) : network.signal(batch);
}

/** Acts by a network's logits, all environments in one forward pass. */
export function actBy(network: Model | Teacher, choice: ActionChoice): Act {
  const infer = inference(network);
  return (observations, actions, stream) => {
    const logits = infer(observations, actions.length);
    chooseActions(logits, actions, choice, stream, network.id);
  };
}

/**
 * Writes one action for each row of logits [n, actions]. Throws a KdlabError where a logit is no finite number:
 * the policy has diverged, and any action would hide it.
 */
export function chooseActions(
  logits: Float32Array,
  actions: Int32Array,
  choice: ActionChoice,
  stream: Stream,
  policy: string,
): void {
  const width = logits.length / actions.length;
  for (let i = 0; i < actions.length; i++) {
    const from = i * width;
    let best = 0;
    for (let k = 0; k < width; k++) {
      const logit = logits[from + k]!;
      if (!Number.isFinite(logit))
        throw new KdlabError(
          `policy ${policy} gives the logit ${logit} for action ${k}: it has diverged. ` +
            'Lower its learning rate or clip its gradient (clipNorm).',
          { exitCode: 1 },
        );
      if (logit > logits[from + best]!) best = k;
    }
    actions[i] = choice === 'greedy' ? best : draw(logits, from, width, logits[from + best]!, stream);
  }
}

/** Inverse of the distribution function of softmax(logits[from … from + width − 1]) at one uniform. */
function draw(logits: Float32Array, from: number, width: number, largest: number, stream: Stream): number {
  let total = 0;
  for (let k = 0; k < width; k++) total += Math.exp(logits[from + k]! - largest);
  let left = stream.uniform() * total;
  for (let k = 0; k < width - 1; k++) {
    left -= Math.exp(logits[from + k]! - largest);
    if (left < 0) return k;
  }
  return width - 1;
}

/** Throws a KdlabError printing both sides where a network does not fit the spaces of an environment. */
export function checkPolicy(role: string, network: Model | Teacher, dynamics: Dynamics): void {
  const { id, observationSpace } = dynamics;
  const actionSpace = discreteActions(dynamics);
  const { inputShape, classes } = network;
  const fits =
    inputShape.length === observationSpace.shape.length &&
    inputShape.every((size, i) => size === observationSpace.shape[i]) &&
    classes === actionSpace.n;
  if (fits) return;
  throw new KdlabError(
    `${role} ${network.id} takes observations of shape [${inputShape}] and gives ${classes} logits, but ${id} has ` +
      `observations ${observationSpace} and actions ${actionSpace}. ` +
      `Build it with input [${observationSpace.shape}] and ${actionSpace.n} outputs.`,
  );
}
