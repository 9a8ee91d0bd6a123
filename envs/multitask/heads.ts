import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import { extraOf } from '../../src/core/lesson';
import type { Batch, Model, Outputs, Teacher } from '../../src/core/types';
import { discreteActions } from '../dynamics';
import { dynamicsOf, type EnvironmentSpec } from '../registry';

/** The logit of an action that a task does not have: its probability is 0 at any temperature. */
const ABSENT = -1e9;

/** What several tasks share: flat observations filled up with zeros, and as many logits as the richest has actions. */
export interface TaskLayout {
  readonly tasks: readonly { readonly id: EnvironmentSpec; readonly width: number; readonly actions: number }[];
  readonly width: number;
  readonly actions: number;
}

/** Throws a KdlabError for no task and for actions that are not Discrete. */
export function layoutOf(ids: readonly EnvironmentSpec[]): TaskLayout {
  if (ids.length === 0) throw new KdlabError('a multi-task policy needs at least one task, found none');
  const tasks = ids.map((id) => {
    const dynamics = dynamicsOf(id);
    return { id, width: dynamics.observationSpace.size, actions: discreteActions(dynamics).n };
  });
  return {
    tasks,
    width: Math.max(...tasks.map(({ width }) => width)),
    actions: Math.max(...tasks.map(({ actions }) => actions)),
  };
}

/**
 * One network for several tasks with an output layer for each (Rusu et al. 2016, section 3.2): `network` maps
 * [n, layout.width] to all heads, [n, tasks · layout.actions]; each example's logits [n, layout.actions] are those of the
 * head of its task, the extra `task` int32 [n].
 */
export function multitaskPolicy(network: Model, layout: TaskLayout): Model {
  const { tasks, actions } = layout;
  if (network.classes !== tasks.length * actions)
    throw new KdlabError(
      `multi-task policy: ${network.id} gives ${network.classes} outputs; ${tasks.length} heads of ${actions} need ` +
        `${tasks.length * actions}`,
    );
  return {
    ...network,
    classes: actions,
    forward: (batch, mode) => {
      const { logits, taps } = network.forward(batch, mode);
      const heads = tasks.map((task, t) =>
        filled(tf.slice(logits, [0, t * actions], [batch.size, task.actions]), actions, ABSENT),
      );
      return { logits: chosen(heads, batch), taps };
    },
  };
}

/** The view of one task: observations of its own shape, its own number of logits. What acts and is evaluated. */
export function taskView(network: Model, layout: TaskLayout, task: number): Model {
  const { id, width, actions } = layout.tasks[task]!;
  const { inputShape } = network;
  return {
    ...network,
    id: `${network.id}/${task}`,
    inputShape: dynamicsOf(id).observationSpace.shape,
    classes: actions,
    forward: ({ x, ...batch }, mode) => {
      const flat = filled(tf.reshape(x, [batch.size, width]), layout.width, 0);
      const { logits, taps } = network.forward({ ...batch, x: tf.reshape(flat, [batch.size, ...inputShape]) }, mode);
      return { logits: tf.slice(logits, [0, task * layout.actions], [batch.size, actions]), taps };
    },
  };
}

/** A teacher for each task as one: every example is answered by its task's teacher. */
export function multitaskTeacher(teachers: readonly Teacher[], layout: TaskLayout): Teacher {
  return {
    id: `tasks(${teachers.map(({ id }) => id).join(', ')})`,
    inputShape: [layout.width],
    classes: layout.actions,
    taps: [],
    signal: (batch): Outputs => {
      const answers = teachers.map((teacher, t) => {
        const own = tf.slice(batch.x as tf.Tensor2D, [0, 0], [batch.size, layout.tasks[t]!.width]);
        const { logits } = teacher.signal({
          x: tf.reshape(own, [batch.size, ...teacher.inputShape]),
          size: batch.size,
        });
        return filled(logits, layout.actions, ABSENT);
      });
      return { logits: chosen(answers, batch), taps: {} };
    },
  };
}

/** Rows [n, k] with columns of `value` added up to `width`. */
function filled(rows: tf.Tensor2D, width: number, value: number): tf.Tensor2D {
  const [n, k] = rows.shape;
  return k === width ? rows : tf.concat2d([rows, tf.fill([n, width - k], value)], 1);
}

/** From one answer for each task the one of each example's own task. */
function chosen(answers: readonly tf.Tensor2D[], batch: Batch): tf.Tensor2D {
  const task = extraOf(batch, 'task', 'a multi-task policy') as tf.Tensor1D;
  const own = tf.oneHot(task, answers.length);
  return answers
    .map((answer, t) => tf.mul<tf.Tensor2D>(answer, tf.slice(own, [0, t], [batch.size, 1])))
    .reduce((sum, part) => tf.add<tf.Tensor2D>(sum, part));
}
