import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../src/core/errors';
import type { Model, Outputs, Teacher } from '../src/core/types';
import { inference } from '../src/engine/inference';
import type { Stream } from '../src/math/rng';
import type { Dynamics } from './dynamics';
import type { Actions, Space } from './spaces';

/** How an action is taken from a policy's distribution: its mode, or one drawn from it. */
export type ActionChoice = 'greedy' | 'sampled';

/**
 * Chooses one action for each of n environments: observations [n, …shape], row-major, valid for the duration of the
 * call; writes `actions` [n, …one action]. Random choices are drawn from `stream`. What it writes for a Box may lie
 * outside; `withinBounds` holds it.
 */
export type Act = (observations: Float32Array, actions: Actions, stream: Stream) => void;

/**
 * How many outputs a policy has: a logit for each action of a Discrete space; for a Box a mean for each element, then as
 * many logarithms of standard deviations. Throws a KdlabError for any other space.
 */
export function policyOutputs({ id, actionSpace }: Pick<Dynamics, 'id' | 'actionSpace'>): number {
  if (actionSpace.kind === 'discrete') return actionSpace.n;
  if (actionSpace.kind === 'box') return 2 * actionSpace.size;
  throw new KdlabError(`${id} has actions ${actionSpace}; policies act in Discrete and Box spaces`);
}

/** Actions [n, …] held within the bounds of a Box; those of other spaces as they are. */
export function withinBounds(actions: Actions, space: Space): Actions {
  if (space.kind !== 'box') return actions;
  const { low, high, size } = space;
  return Float32Array.from(actions, (value, k) => Math.min(high[k % size]!, Math.max(low[k % size]!, value)));
}

/** Runs a network on observations [rows, …its input shape]; call within `tf.tidy`. */
export function outputsOf(network: Model | Teacher, observations: Float32Array, rows: number): Outputs {
  const batch = { x: tf.tensor(observations, [rows, ...network.inputShape], 'float32'), size: rows };
  return 'forward' in network ? network.forward(batch, { training: false }) : network.signal(batch);
}

/** Acts by a network's outputs, all environments in one forward pass: see `policyOutputs`. */
export function actBy(network: Model | Teacher, choice: ActionChoice): Act {
  const infer = inference(network);
  const width = network.inputShape.reduce((product, length) => product * length, 1);
  return (observations, actions, stream) => {
    const rows = observations.length / width;
    const outputs = infer(observations, rows);
    if (actions instanceof Int32Array) chooseActions(outputs, actions, choice, stream, network.id);
    else gaussianActions(outputs, actions, rows, choice, stream, network.id);
  };
}

/** Writes the means of outputs [n, 2·d], or draws about them, to actions [n, d]. Throws as `chooseActions` does. */
function gaussianActions(
  outputs: Float32Array,
  actions: Float32Array,
  rows: number,
  choice: ActionChoice,
  stream: Stream,
  policy: string,
): void {
  const size = actions.length / rows;
  for (let i = 0; i < rows; i++)
    for (let k = 0; k < size; k++) {
      const mean = outputs[2 * i * size + k]!;
      const deviation = Math.exp(outputs[(2 * i + 1) * size + k]!);
      if (!Number.isFinite(mean) || !Number.isFinite(deviation))
        throw diverged(policy, `the mean ${mean} and deviation ${deviation} for element ${k} of its action`);
      actions[i * size + k] = choice === 'greedy' ? mean : mean + deviation * stream.normal();
    }
}

/** Throws a KdlabError where a network's outputs for some observations are not finite: a teacher must not be learnt from then. */
export function checkConverged(role: string, network: Model | Teacher, observations: Float32Array): void {
  const width = network.inputShape.reduce((product, length) => product * length, 1);
  const outputs = inference(network)(observations, observations.length / width);
  const wrong = outputs.find((value) => !Number.isFinite(value));
  if (wrong === undefined) return;
  throw new KdlabError(
    `${role} ${network.id} gives ${wrong} for an observation: it has diverged. Train it again with a lower learning rate ` +
      'or a clipped gradient (clipNorm); nothing can be learnt from it.',
    { exitCode: 1 },
  );
}

function diverged(policy: string, found: string): KdlabError {
  return new KdlabError(
    `policy ${policy} gives ${found}: it has diverged. Lower its learning rate or clip its gradient (clipNorm).`,
    { exitCode: 1 },
  );
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
      if (!Number.isFinite(logit)) throw diverged(policy, `the logit ${logit} for action ${k}`);
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
  const { id, observationSpace, actionSpace } = dynamics;
  const outputs = policyOutputs(dynamics);
  const { inputShape, classes } = network;
  const fits =
    inputShape.length === observationSpace.shape.length &&
    inputShape.every((size, i) => size === observationSpace.shape[i]) &&
    classes === outputs;
  if (fits) return;
  throw new KdlabError(
    `${role} ${network.id} takes observations of shape [${inputShape}] and gives ${classes} outputs, but ${id} has ` +
      `observations ${observationSpace} and actions ${actionSpace}. ` +
      `Build it with input [${observationSpace.shape}] and ${outputs} outputs.`,
  );
}
