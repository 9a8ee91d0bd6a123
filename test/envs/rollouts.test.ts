import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import policyKl from '../../envs/objectives/policy-kl';
import { rollouts } from '../../envs/rollouts';
import { KdlabError } from '../../src/core/errors';
import type { Model, Source, Teacher } from '../../src/core/types';
import { selectEngine } from '../../src/engine/engine';
import { meanEstimator } from '../../src/estimators/mean';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import { adamRule } from '../../src/optimizers/rules/adam';
import { networkTeacher } from '../../src/teachers/network';
import { smallPolicy } from './policies';
import { assertResumesExactly } from './resume';

before(() => selectEngine('tfjs'));

const small = { id: 'CartPole-v1', environments: 4, stepsPerRollout: 5, updatesPerRollout: 3, batchSize: 8 };

/** Always pushes one way, and counts how often it was asked. */
function constantTeacher(action: number): Teacher & { asked: number } {
  return {
    id: `always-${action}`,
    inputShape: [4],
    classes: 2,
    taps: [],
    asked: 0,
    signal({ size }) {
      this.asked++;
      return { logits: tf.tile(tf.tensor2d([action === 0 ? [50, -50] : [-50, 50]]), [size, 1]), taps: {} };
    },
  };
}

async function take(source: Source, count: number, parts: { student: Model; teachers?: Teacher[]; rng?: Rng }) {
  const { student, teachers = [], rng = Rng.root(1) } = parts;
  const seen: number[][][] = [];
  for await (const batch of source.batches({ student, teachers, rng })) {
    seen.push((await batch.x.array()) as number[][]);
    if (seen.length === count) break;
  }
  return seen;
}

test('minibatches have the declared shape and hold what the environments showed', async () => {
  const source = rollouts({ ...small, envSteps: 1000 });
  const batches = await take(source, 5, { student: smallPolicy(Rng.root(2)) });
  assert.deepEqual(source.inputShape, [4]);
  assert.deepEqual([source.sampling.kind, source.augmented], ['stream', false]);
  for (const rows of batches) {
    assert.deepEqual([rows.length, rows[0]!.length], [8, 4]);
    for (const row of rows) assert.ok(Math.abs(row[0]!) <= 2.4 && Math.abs(row[2]!) <= 0.2095);
  }
});

test('a pass shows every observation at most once', async () => {
  const batches = await take(rollouts({ ...small, envSteps: 1000 }), 2, { student: smallPolicy(Rng.root(2)) });
  const rows = batches.flat().map((row) => row.join());
  assert.equal(new Set(rows).size, 16);
});

test('acting stops at the budget, minibatches do not', async () => {
  const source = rollouts({ ...small, envSteps: 50 });
  await take(source, 40, { student: smallPolicy(Rng.root(2)) });
  // 4 environments: 12 steps of all are 48; one more would be 52.
  assert.equal(source.metrics!().envSteps, 48);
  assert.equal(source.metrics!().replaySize, 48);
});

test('the replay is bounded, the oldest observations leave it, and its age is counted in updates', async () => {
  const source = rollouts({ ...small, capacity: 20, envSteps: 1000 });
  const student = smallPolicy(Rng.root(2));
  await take(source, 3, { student });
  assert.deepEqual([source.metrics!().replaySize, source.metrics!().replayAge], [20, 3]);
  const later = rollouts({ ...small, capacity: 20, envSteps: 1000 });
  await take(later, 4, { student });
  assert.deepEqual([later.metrics!().envSteps, later.metrics!().replaySize, later.metrics!().replayAge], [40, 20, 1]);
});

test('before the first minibatch it acts until one can be filled', async () => {
  const source = rollouts({ ...small, stepsPerRollout: 1, batchSize: 10, envSteps: 1000 });
  await take(source, 1, { student: smallPolicy(Rng.root(2)) });
  assert.equal(source.metrics!().envSteps, 12);
});

test('the teacher acts alone, the student alone, or each where its coin falls', async () => {
  const options = { ...small, environments: 8, stepsPerRollout: 40, actions: 'greedy' as const, envSteps: 320 };
  const student = mlp({ id: 'left', input: 4, classes: 2, hidden: [], rng: Rng.root(1) });
  student.params['dense1/kernel']!.assign(tf.zeros([4, 2]));
  student.params['dense1/bias']!.assign(tf.tensor1d([1, -1]));
  const lean = async (actor: 'teacher' | 'student' | { beta: number | string }) => {
    const teacher = constantTeacher(1);
    const rows = (await take(rollouts({ ...options, actor }), 3, { student, teachers: [teacher] })).flat();
    const velocity = rows.reduce((sum, row) => sum + row[1]!, 0) / rows.length;
    return { velocity, asked: teacher.asked };
  };
  const byTeacher = await lean('teacher');
  const byStudent = await lean('student');
  assert.ok(byTeacher.velocity > 0.3 && byStudent.velocity < -0.3);
  // Once more than it acts: to see whether it has diverged.
  assert.deepEqual([byTeacher.asked, byStudent.asked], [41, 1]);
  assert.equal((await lean({ beta: 1 })).velocity, byTeacher.velocity);
  assert.equal((await lean({ beta: 0 })).velocity, byStudent.velocity);
  const mixed = await lean({ beta: 0.5 });
  assert.ok(Math.abs(mixed.velocity) < 0.3, `mean velocity of the mixture is ${mixed.velocity}`);
});

test('a schedule of beta follows the budget of environment steps', async () => {
  const teacher = constantTeacher(1);
  const student = mlp({ id: 'left', input: 4, classes: 2, hidden: [], rng: Rng.root(1) });
  student.params['dense1/kernel']!.assign(tf.zeros([4, 2]));
  student.params['dense1/bias']!.assign(tf.tensor1d([50, -50]));
  // The teacher acts in the first half of the budget only, and so the first rollout moves right, the last left.
  const options = { ...small, batchSize: 20, capacity: 20, updatesPerRollout: 1, envSteps: 80 };
  const source = rollouts({ ...options, actor: { beta: 'progress < 0.5 ? 1 : 0' } });
  const means = (await take(source, 4, { student, teachers: [teacher] })).map(
    (rows) => rows.reduce((sum, row) => sum + row[1]!, 0) / rows.length,
  );
  assert.ok(means[1]! > means[0]! && means[3]! < means[1]!, `mean velocities ${means}`);
});

test('interrupted anywhere and resumed, distillation ends with the same bits', async () => {
  const rng = Rng.root(11);
  for (const actor of ['student', { beta: '1 - progress' }] as const) {
    await assertResumesExactly({
      rng: rng.split('train'),
      // Within a rollout, at its end, where the budget is used up (64 of 80 steps), and beyond.
      stops: [1, 2, 3, 7, 12, 17],
      build: () => {
        const student = smallPolicy(rng.split('student'));
        return {
          name: 'student',
          title: 'distillation',
          student,
          learners: [
            {
              name: 'student',
              student,
              objective: { name: 'policy-kl', ...policyKl.build({ temperature: 1 }) },
              estimator: meanEstimator(),
              optimizer: { name: 'adam', ...adamRule({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }) },
              learningRate: 0.01,
            },
          ],
          teachers: [networkTeacher(smallPolicy(rng.split('teacher'), 'teacher'))],
          source: rollouts({ ...small, capacity: 50, envSteps: 80, actor }),
          steps: 20,
        };
      },
    });
  }
});

test('a batch is disposed when the next is asked for, and the last when the loop is left', async () => {
  const source = rollouts({ ...small, envSteps: 1000 });
  const student = smallPolicy(Rng.root(2));
  const before = tf.memory().numTensors;
  let count = 0;
  for await (const batch of source.batches({ student, teachers: [], rng: Rng.root(1) })) {
    assert.equal(tf.memory().numTensors, before + 1);
    assert.ok(!batch.x.isDisposed);
    if (++count === 10) break;
  }
  assert.equal(tf.memory().numTensors, before);
});

test('what does not fit together is refused before a step is made', async () => {
  const refused = (pattern: RegExp) => (error: unknown) => error instanceof KdlabError && pattern.test(error.message);
  assert.throws(() => rollouts({ ...small, id: 'CartPole-v2', envSteps: 100 }), refused(/did you mean "CartPole-v1"/));
  assert.throws(() => rollouts({ ...small, envSteps: 7 }), refused(/hold 4 observations .*less than batchSize 8/));
  const wide = mlp({ id: 'wide', input: 5, classes: 3, hidden: [4], rng: Rng.root(1) });
  await assert.rejects(
    take(rollouts({ ...small, envSteps: 100 }), 1, { student: wide }),
    refused(/student wide takes observations of shape \[5\] and gives 3 outputs.*Box\(.*Discrete\(2\)/s),
  );
  await assert.rejects(
    take(rollouts({ ...small, actor: 'teacher', envSteps: 100 }), 1, { student: smallPolicy(Rng.root(1)) }),
    refused(/the teacher is to act .*there is none/),
  );
});

test('a diverged teacher is refused before anything is learnt from it', async () => {
  const teacher = smallPolicy(Rng.root(1), 'teacher');
  const bias = teacher.params['dense2/bias']!;
  bias.assign(tf.fill(bias.shape, Number.NaN));
  const source = rollouts({ id: 'CartPole-v1', environments: 2, batchSize: 4, envSteps: 100, actor: 'student' });
  const context = { student: smallPolicy(Rng.root(2)), teachers: [networkTeacher(teacher)], rng: Rng.root(3) };
  await assert.rejects(async () => {
    for await (const _ of source.batches(context)) break;
  }, /teacher teacher gives NaN for an observation: it has diverged/);
});
