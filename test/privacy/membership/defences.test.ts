import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { halves } from '../../../privacy/attacks/halves';
import { entropies } from '../../../privacy/attacks/scores';
import type { DefencePlace } from '../../../privacy/membership/defence';
import distillation from '../../../privacy/membership/defences/distillation';
import dmp from '../../../privacy/membership/defences/dmp';
import selena from '../../../privacy/membership/defences/selena';
import { lateSource } from '../../../privacy/membership/late-source';
import { softLabels } from '../../../privacy/membership/soft-labels';
import { splitAssignment, splitTeacher } from '../../../privacy/membership/split-ai';
import { checkStage } from '../../../src/core/capability';
import { KdlabError } from '../../../src/core/errors';
import { momentAt } from '../../../src/core/moment';
import type { Model, Source } from '../../../src/core/types';
import { baskets } from '../../../src/data/baskets';
import mean from '../../../src/estimators/mean';
import { predict } from '../../../src/evaluate/classification';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';
import adam from '../../../src/optimizers/adam';
import { minibatch } from '../../../src/sources/minibatch';

const { train: examples, inputShape, classes } = baskets({ train: 120, test: 1 });
const rng = Rng.root(0);
const network = (id: string, index = 0): Model =>
  mlp({ id, input: 256, hidden: [8], classes, rng: rng.split(id, index) });
const numbers = (from: number, count: number) => Int32Array.from({ length: count }, (_, i) => from + i);

const place: DefencePlace = {
  undefended: network('undefended'),
  student: network('student'),
  examples,
  inputShape,
  classes,
  members: numbers(0, 40),
  reference: numbers(80, 40),
  batchSize: 10,
  epochs: 2,
  flatten: true,
  rng,
  make: network,
  learner: (name, student, objective) => ({
    name,
    student,
    objective,
    estimator: mean.build(mean.options.parse({})),
    optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
    learningRate: 0.01,
  }),
};

async function idsOfAnEpoch(source: Source): Promise<number[]> {
  const ids: number[] = [];
  let steps = 0;
  for await (const batch of source.batches({ student: place.student, teachers: [], rng })) {
    ids.push(...batch.ids!);
    if (++steps === source.stepsPerEpoch) break;
  }
  return ids.sort((a, b) => a - b);
}

describe('DMP', () => {
  test('trains the student on the public examples of lowest entropy and on no member', async () => {
    const { stages } = dmp.build(dmp.options.parse({ select: 15 }), place);
    for (const stage of stages) checkStage(stage);
    const ids = await idsOfAnEpoch(stages[0]!.source);
    const entropy = entropies(predict(place.undefended, examples, { inputShape, indices: place.reference }));
    const limit = [...entropy].sort((a, b) => a - b)[14]!;
    const expected = Array.from(place.reference).filter((_, i) => entropy[i]! <= limit);
    assert.deepEqual(ids, expected);
  });

  test('is refused where there is too little to select from', () => {
    assert.throws(() => dmp.build(dmp.options.parse({ select: 41 }), place), /selects 41 of 40 reference/);
  });
});

describe('SELENA', () => {
  test('every member is left out of L sub-models and is in the others’ training sets', () => {
    const { without, parts } = splitAssignment(50, 5, 2, rng);
    without.forEach((models, i) => {
      assert.equal(new Set(models).size, 2);
      parts.forEach((part, model) => {
        assert.equal(part.includes(i), !models.includes(model));
      });
    });
    assert.throws(() => splitAssignment(50, 5, 5, rng), /expected 1 to 4/);
  });

  test('a member’s answer is the mean of those sub-models alone that did not see it', () => {
    const models = [0, 1, 2].map((i) => network('sub', i));
    const assignment = { without: [Int32Array.of(0, 2), Int32Array.of(1)], parts: [] };
    const members = Int32Array.of(7, 9);
    const teacher = splitTeacher({ models, assignment, examples, members, inputShape });
    const { logits } = teacher.signal({ x: tf.zeros([2, 256]), ids: Int32Array.of(9, 7), size: 2 });
    const found = tf.softmax(logits).arraySync() as number[][];
    const of = (model: number, id: number) => {
      const { logits: row } = predict(models[model]!, examples, { inputShape, indices: Int32Array.of(id) });
      return tf.softmax(tf.tensor1d(row)).arraySync() as number[];
    };
    const expected = [of(1, 9), of(0, 7).map((p, c) => (p + of(2, 7)[c]!) / 2)];
    expected.forEach((row, i) => {
      row.forEach((p, c) => {
        assert.ok(Math.abs(found[i]![c]! - p) < 1e-6);
      });
    });
    assert.throws(() => teacher.signal({ x: tf.zeros([1, 256]), ids: Int32Array.of(8), size: 1 }), /8 is no member/);
  });

  test('comes as two stages that fit together', () => {
    const { stages, summary } = selena.build(selena.options.parse({ subModels: 4, leftOut: 2 }), place);
    for (const stage of stages) checkStage(stage);
    assert.deepEqual(
      stages.map(({ name }) => name),
      ['sub-models', 'student'],
    );
    assert.match(summary, /no DP guarantee/);
  });
});

test('plain distillation: on members or on public examples, refused without them', async () => {
  const on = (which: 'members' | 'reference') => distillation.build(distillation.options.parse({ on: which }), place);
  assert.deepEqual(await idsOfAnEpoch(on('members').stages[0]!.source), Array.from(place.members));
  assert.deepEqual(await idsOfAnEpoch(on('reference').stages[0]!.source), Array.from(place.reference));
  assert.throws(
    () => distillation.build(distillation.options.parse({}), { ...place, reference: new Int32Array() }),
    KdlabError,
  );
});

test('soft labels by hand: T²·KL at temperature 2', () => {
  const at = momentAt({ step: 0, epoch: 0, progress: 0 });
  const logits = (...row: number[]) => ({ logits: tf.tensor2d([row]), taps: {} });
  const lesson = { batch: { x: tf.zeros([1, 1]), size: 1 }, teachers: [logits(2 * Math.log(3), 0)] };
  const { soft } = softLabels(2).loss(logits(0, 0), lesson, at);
  const expected = 4 * (0.75 * Math.log(0.75 / 0.5) + 0.25 * Math.log(0.25 / 0.5));
  assert.ok(Math.abs(soft!.dataSync()[0]! - expected) < 1e-6);
});

test('a late source goes on where it was saved, before and after it is made', async () => {
  const indices = numbers(0, 30);
  const make = () => minibatch({ examples, inputShape, indices, batchSize: 10, flatten: true });
  const late = () => lateSource(make(), make);
  const take = async (source: Source, count: number) => {
    const found: number[][] = [];
    for await (const batch of source.batches({ student: place.student, teachers: [], rng })) {
      found.push(Array.from(batch.ids!));
      if (found.length === count) break;
    }
    return found;
  };
  const through = await take(late(), 5);
  const first = late();
  await take(first, 2);
  const second = late();
  second.load(first.save());
  assert.deepEqual(second.save(), first.save());
  assert.deepEqual(await take(second, 3), through.slice(2));
});

test('halves: every example in half of the shadow networks, pairs complement each other', () => {
  const inside = halves(31, 6, rng);
  for (let i = 0; i < 31; i++)
    assert.equal(
      inside.reduce((sum, row) => sum + row[i]!, 0),
      3,
    );
  inside[0]!.forEach((value, i) => {
    assert.equal(value + inside[1]![i]!, 1);
  });
  assert.notDeepEqual(inside[0], inside[2]);
});
