import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { layoutOf, multitaskPolicy, multitaskTeacher, taskView } from '../../envs/multitask/heads';
import { multitaskSource } from '../../envs/multitask/source';
import policyKl from '../../envs/objectives/policy-kl';
import { rollouts } from '../../envs/rollouts';
import { KdlabError } from '../../src/core/errors';
import { selectEngine } from '../../src/engine/engine';
import mean from '../../src/estimators/mean';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import adam from '../../src/optimizers/adam';
import { networkTeacher } from '../../src/teachers/network';
import { assertResumesExactly } from './resume';

before(() => selectEngine());

/** 4 numbers and 2 actions; 6 and 3. */
const ids = ['CartPole-v1', 'Acrobot-v1'];
const layout = layoutOf(ids);
const network = (rng: Rng) => mlp({ id: 'student', input: 6, classes: 6, hidden: [8], rng });
const teachersOf = (rng: Rng) =>
  [
    [4, 2],
    [6, 3],
  ].map(([input, classes], t) =>
    networkTeacher(
      mlp({ id: `teacher-${t}`, input: input!, classes: classes!, hidden: [5], rng: rng.split('teacher', t) }),
    ),
  );
const rows = tf.tidy(() => Rng.root(4).normal(12));

test('tasks share the widest observation and the most actions', () => {
  assert.deepEqual([layout.width, layout.actions], [6, 3]);
  assert.throws(() => layoutOf(['Pendulum-v1']), KdlabError);
  assert.throws(
    () => multitaskPolicy(mlp({ id: 's', input: 6, classes: 5, hidden: [], rng: Rng.root(1) }), layout),
    /2 heads of 3 need 6/,
  );
});

test('each example gets its own task’s head, whatever the order; the view of a task agrees', () => {
  const inner = network(Rng.root(2));
  const student = multitaskPolicy(inner, layout);
  const x = tf.tensor2d([...rows].map(Math.fround), [2, 6]);
  const both = (task: number[]) =>
    student
      .forward({ x, size: 2, extras: { task: tf.tensor1d(task, 'int32') } }, { training: false })
      .logits.arraySync();
  const [forward, backward] = [both([0, 1]), both([1, 0])];
  const view = (t: number, row: number, width: number) => {
    const own = tf.slice(x, [row, 0], [1, width]);
    // A view fills up with zeros: so must the row that it is compared with.
    return taskView(inner, layout, t).forward({ x: own, size: 1 }, { training: false }).logits.arraySync()[0]!;
  };
  assert.deepEqual(forward[1], view(1, 1, 6));
  assert.deepEqual(backward[0], view(1, 0, 6));
  assert.ok(forward[0]![2]! < -1e8, 'CartPole has no third action');
});

test('the teachers answer for their own examples, and an absent action costs nothing', () => {
  const teachers = teachersOf(Rng.root(3));
  const x = tf.tensor2d([1, 2, 3, 4, 0, 0, 1, 2, 3, 4, 5, 6], [2, 6]);
  const batch = { x, size: 2, extras: { task: tf.tensor1d([0, 1], 'int32') } };
  const { logits } = multitaskTeacher(teachers, layout).signal(batch);
  const alone = teachers[0]!.signal({ x: tf.tensor2d([[1, 2, 3, 4]]), size: 1 }).logits.arraySync()[0]!;
  assert.deepEqual(logits.arraySync()[0]!.slice(0, 2), alone);
  const objective = policyKl.build({ temperature: 0.01 });
  const at = { value: (schedule: unknown) => tf.scalar(schedule as number) };
  const own = objective.loss(
    { logits, taps: {} },
    { batch, teachers: [{ logits: tf.mul(logits, 100), taps: {} }] },
    at,
  );
  for (const value of own.kl!.dataSync()) assert.ok(Number.isFinite(value));
  const sharp = objective.loss(
    { logits: tf.mul(logits, 100), taps: {} },
    { batch, teachers: [{ logits, taps: {} }] },
    at,
  );
  for (const value of sharp.kl!.dataSync()) assert.ok(Math.abs(value) < 1e-4, `${value}`);
});

test('interrupted and resumed it ends with the same bits', async () => {
  const rng = Rng.root(6);
  await assertResumesExactly({
    rng,
    stops: [1, 5],
    build: () => {
      const inner = network(rng);
      const student = multitaskPolicy(inner, layout);
      const teachers = teachersOf(rng);
      return {
        name: 'student',
        title: 'student',
        student,
        learners: [
          {
            name: 'student',
            student,
            objective: { name: 'policy-kl', ...policyKl.build({ temperature: 0.1 }) },
            estimator: mean.build(mean.options.parse({})),
            optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
            learningRate: 1e-2,
          },
        ],
        teachers: [multitaskTeacher(teachers, layout)],
        source: multitaskSource(
          ids.map((id, t) => ({
            source: rollouts({
              id,
              environments: 2,
              stepsPerRollout: 4,
              updatesPerRollout: 2,
              batchSize: 8,
              envSteps: 100,
            }),
            student: taskView(inner, layout, t),
            teacher: teachers[t]!,
          })),
          layout,
        ),
        steps: 8,
      };
    },
  });
});
