import assert from 'node:assert/strict';
import os from 'node:os';
import { before, describe, test } from 'node:test';
import lineage from '../../experiments/lineage';
import { checkStage, dryRun } from '../../src/core/capability';
import type { Plan } from '../../src/core/experiment';
import { saveVariables } from '../../src/core/params';
import { Rng } from '../../src/math/rng';
import { useEngine } from '../support/engine';

before(useEngine);

const SMALL = { mlp: { hidden: [4] } };

async function build(models: object, more: object = {}): Promise<Plan> {
  const config = lineage.schema.parse({
    experiment: 'lineage',
    name: 'test',
    dataset: { name: 'shapes', train: 60, validation: 20 },
    training: { model: SMALL, epochs: 1, batchSize: 20 },
    models,
    ...more,
  });
  const plan = await lineage.build(config, {
    rng: Rng.root(1),
    download: false,
    cacheDir: os.tmpdir(),
    notify: () => undefined,
  });
  for (const stage of plan.stages) {
    checkStage(stage);
    dryRun(stage);
  }
  return plan;
}

test('a model has the keys of training that it does not set, and the result parses to itself', () => {
  const raw = {
    experiment: 'lineage',
    name: 'test',
    dataset: { name: 'shapes' },
    training: { model: SMALL, epochs: 7 },
    models: { a: {}, b: { epochs: 2 } },
  };
  const config = lineage.schema.parse(raw);
  assert.deepEqual([config.models.a!.epochs, config.models.b!.epochs], [7, 2]);
  assert.deepEqual(lineage.schema.parse(config), config);
});

describe('a lineage of every kind', () => {
  let plan: Plan;
  const stage = (name: string) => plan.stages.find((each) => each.name === name)!;
  const weights = (name: string) => saveVariables(plan.models[name]!.params)['dense1/kernel'];
  before(async () => {
    plan = await build(
      {
        first: {},
        second: { teachers: ['first'], start: 's' },
        third: { teachers: ['second'], start: 's' },
        a: { together: 'peers', teachers: ['b'] },
        b: { together: 'peers', teachers: ['a'] },
        mean: { teachers: ['ema'], views: { ratio: 1 }, objective: ['consistency'] },
      },
      { labelled: 30 },
    );
  });

  test('a chain is trained link by link, each taught by the one before', () => {
    for (const [name, objective, teachers] of [
      ['first', 'cross-entropy', []],
      ['second', 'kd', ['first']],
      ['third', 'kd', ['second']],
    ] as const) {
      assert.equal(stage(name).learners[0]!.objective.name, objective);
      assert.deepEqual(
        stage(name).teachers.map(({ id }) => id),
        teachers,
      );
    }
  });

  test('models of one start begin with the same weights and see the same batches, others do not', () => {
    assert.deepEqual(weights('second'), weights('third'));
    assert.notDeepEqual(weights('first'), weights('third'));
    assert.deepEqual(
      ['first', 'second', 'third'].map((name) => stage(name).randomness),
      ['first', 's', 's'],
    );
  });

  test('models together are learners of one stage and teach each other', () => {
    assert.deepEqual(
      stage('peers').learners.map(({ name, objective }) => [name, objective.name]),
      [
        ['a', 'kd'],
        ['b', 'kd'],
      ],
    );
    assert.deepEqual(
      stage('peers').teachers.map(({ id }) => id),
      ['b', 'a'],
    );
  });

  test('a mean teacher is a second learner, behind its student, with the same first weights', () => {
    const [student, average] = stage('mean').learners;
    assert.equal(average!.name, 'mean-average');
    assert.deepEqual(saveVariables(average!.student.params), saveVariables(student!.student.params));
  });
});

for (const [what, models, message] of [
  ['a teacher that is not there', { a: {}, b: { teachers: ['aa'] } }, /models\.b\.teachers.*"aa"; did you mean "a"/],
  ['a teacher that comes later', { a: { teachers: ['b'] }, b: {} }, /a is taught by b.*put b further up.*together/s],
  ['oneself as a teacher', { a: { teachers: ['a'] } }, /not trained before it/],
  ['views where all labels are known', { a: { views: {} } }, /set labelled/],
] as const)
  test(`refused before training: ${what}`, async () => {
    await assert.rejects(build(models), message);
  });
