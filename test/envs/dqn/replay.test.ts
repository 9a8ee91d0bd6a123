import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import dqn from '../../../envs/dqn/objective';
import { dqnReplay, dqnReplayOptions, dqnUpdatesFor } from '../../../envs/dqn/replay';
import { evaluatePolicy } from '../../../envs/evaluate';
import { actBy } from '../../../envs/policy';
import { KdlabError } from '../../../src/core/errors';
import type { Stage } from '../../../src/core/trainer';
import { train } from '../../../src/core/trainer';
import type { Batch, Model } from '../../../src/core/types';
import { compiledSteps } from '../../../src/engine/compile';
import { selectEngine } from '../../../src/engine/engine';
import { activeMachine } from '../../../src/engine/machine';
import mean from '../../../src/estimators/mean';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';
import adam from '../../../src/optimizers/adam';
import { smallPolicy } from '../policies';
import { assertResumesExactly } from '../resume';

before(() => selectEngine());

const small = {
  id: 'CartPole-v1',
  environments: 4,
  batchSize: 8,
  capacity: 200,
  learningStarts: 40,
  envSteps: 400,
  gamma: 0.9,
  updatesPerRound: 2,
  targetEvery: 5,
};

function stageOf(
  options: Partial<Parameters<typeof dqnReplay>[0]> = {},
  rng = Rng.root(5),
): Stage & { student: Model } {
  const student = smallPolicy(rng);
  const settings = { ...small, ...options };
  return {
    name: 'teacher',
    title: 'teacher',
    student,
    learners: [
      {
        name: 'teacher',
        student,
        objective: { name: 'dqn', ...dqn.build({}) },
        estimator: mean.build(mean.options.parse({})),
        optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
        learningRate: 1e-3,
      },
    ],
    teachers: [],
    source: dqnReplay(settings, smallPolicy(rng, 'target')),
    steps: 30,
  };
}

async function first(options: Partial<Parameters<typeof dqnReplay>[0]>, student: Model, target: Model): Promise<Batch> {
  const source = dqnReplay({ ...small, ...options }, target);
  for await (const batch of source.batches({ student, teachers: [], rng: Rng.root(2) }))
    return {
      ...batch,
      x: batch.x.clone(),
      extras: Object.fromEntries(Object.entries(batch.extras!).map(([k, v]) => [k, v.clone()])),
    };
  throw new Error('no batch');
}

test('targets are r + γ max Q of the target network, which begins as the student; weights are 1 without priorities', async () => {
  const student = smallPolicy(Rng.root(3));
  const { x, extras, size } = await first({}, student, smallPolicy(Rng.root(4), 'target'));
  const [targets, weights] = [extras!.target!.dataSync(), extras!.weight!.dataSync()];
  assert.deepEqual([...weights], Array(size).fill(1));
  assert.equal(x.shape[0], size);
  // CartPole pays 1 a step; a target of exactly 1 is that of a terminated one.
  const greatest = tf.max(tf.abs(student.forward({ x, size }, { training: false }).logits)).dataSync()[0]!;
  for (const target of targets) assert.ok(target === 1 || Math.abs(target - 1) < 0.9 * (greatest + 5), `${target}`);
});

test('prioritised: weights are at most 1, and 1 for all while all priorities are equal', async () => {
  const student = smallPolicy(Rng.root(3));
  const { extras } = await first({ priority: { alpha: 0.6, beta: 0.4 } }, student, smallPolicy(Rng.root(4), 'target'));
  for (const weight of extras!.weight!.dataSync()) assert.ok(Math.abs(weight - 1) < 1e-6);
});

test('the number of updates follows from the budget of environment steps', () => {
  assert.equal(dqnUpdatesFor({ ...small, envSteps: 400 }), ((400 - 40) / 4) * 2);
});

for (const options of [{}, { steps: 3, double: false, priority: {} }])
  test(`interrupted and resumed it ends with the same bits: ${JSON.stringify(options)}`, async () => {
    await assertResumesExactly({
      build: () => stageOf(options as Partial<Parameters<typeof dqnReplay>[0]>),
      stops: [1, 11, 16],
      rng: Rng.root(7),
    });
  });

test('what does not fit together is refused', () => {
  const target = smallPolicy(Rng.root(1));
  assert.throws(() => dqnReplay({ ...small, batchSize: 64 }, target), /batchSize 64 is more than/);
  assert.throws(() => dqnReplay({ ...small, id: 'CartPol-v1' }, target), KdlabError);
  assert.equal(dqnReplayOptions.safeParse({ ...small, gama: 1 }).success, false);
});

test('it learns a short walk: the goal of a frozen lake without slipping, in six steps', async () => {
  const rng = Rng.root(11);
  const build = (name: string) => mlp({ id: name, input: 16, classes: 4, hidden: [32], rng });
  const student = build('student');
  const settings = dqnReplayOptions.parse({
    id: { id: 'FrozenLake-v1', options: { slippery: false } },
    environments: 8,
    batchSize: 32,
    learningStarts: 400,
    envSteps: 8000,
    gamma: 0.95,
    targetEvery: 50,
    exploration: { linear: { from: 1, to: 0.1, start: 0, end: 0.8 } },
  });
  const { learners, ...rest } = stageOf();
  const machine = activeMachine();
  await train(
    {
      ...rest,
      learners: [{ ...learners[0]!, student, learningRate: 3e-3 }],
      source: dqnReplay(settings, build('target')),
      steps: dqnUpdatesFor(settings),
    },
    {
      rng,
      ...(machine && { makeStep: compiledSteps(machine, () => undefined) }),
      logEvery: 1000,
      onMetrics: () => undefined,
      checkpoint: () => undefined,
      interrupted: () => false,
    },
  );
  const { returns, lengths } = evaluatePolicy({ act: actBy(student, 'greedy'), id: settings.id, episodes: 5, rng });
  assert.deepEqual([...returns], Array(5).fill(1));
  assert.deepEqual([...lengths], Array(5).fill(6));
});
