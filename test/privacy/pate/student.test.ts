import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import confidentGnmax from '../../../privacy/pate/aggregators/confident-gnmax';
import gnmax from '../../../privacy/pate/aggregators/gnmax';
import { seededNoise } from '../../../privacy/pate/noise';
import { disjointParts } from '../../../privacy/pate/partition';
import { Questions } from '../../../privacy/pate/questions';
import { answersObjective, ownView, pseudoLabelObjective } from '../../../privacy/pate/student-objective';
import { studentSource } from '../../../privacy/pate/student-source';
import { KdlabError } from '../../../src/core/errors';
import { momentAt } from '../../../src/core/moment';
import type { Batch, Source } from '../../../src/core/types';
import { shapes } from '../../../src/data/shapes';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';

const { train: examples, inputShape } = shapes({ train: 40, test: 1 });
const ids = Int32Array.of(5, 6, 7, 8);
const votes = [
  [9, 1, 0],
  [4, 3, 3],
  [0, 10, 0],
  [0, 2, 8],
].map((counts) => Float64Array.from(counts));
const questions = (seed = 0, asked = { count: 0 }) =>
  new Questions({
    aggregator: confidentGnmax.build({ threshold: 6, sigma1: 0.01, sigma2: 0.01 }),
    noise: seededNoise(Rng.root(seed)),
    ids,
    votes: () => {
      asked.count++;
      return votes;
    },
  });

describe('private data in parts', () => {
  const all = Int32Array.from({ length: 103 }, (_, i) => 2 * i);

  test('are disjoint, of one size, and of the private examples', () => {
    const parts = disjointParts(all, 10, 5, Rng.root(1));
    assert.deepEqual(
      parts.map((part) => part.length),
      Array(10).fill(10),
    );
    const used = parts.flatMap((part) => Array.from(part));
    assert.equal(new Set(used).size, 100);
    assert.ok(used.every((id) => all.includes(id)));
  });

  test('smaller than the number of classes are refused, with how many would do', () => {
    assert.throws(() => disjointParts(all, 30, 10, Rng.root(1)), /are 3 each, fewer than the 10 classes.*at most 10/s);
  });
});

describe('questions', () => {
  test('are put once; what was thrown away gives no label and is charged for', () => {
    const asked = { count: 0 };
    const one = questions(0, asked);
    assert.deepEqual(one.answers(), { ids: Int32Array.of(5, 7, 8), labels: Int32Array.of(0, 1, 2) });
    assert.deepEqual(
      one.charged().map(({ answered }) => answered),
      [1, 0, 1, 1],
    );
    assert.deepEqual(Array.from(one.charged()[3]!.query.votes), [0, 2, 8]);
    assert.equal(asked.count, 1);
  });

  test('of a resumed run are not put again', () => {
    const first = questions(1);
    const expected = first.answers();
    const asked = { count: 0 };
    const resumed = questions(2, asked);
    resumed.load(first.save());
    assert.deepEqual(resumed.answers(), expected);
    assert.equal(asked.count, 0);
  });

  test('end after so many answers', () => {
    const few = new Questions({
      aggregator: gnmax.build({ sigma: 0.01 }),
      noise: seededNoise(Rng.root(0)),
      ids,
      votes: () => votes,
      mostAnswers: 2,
    });
    assert.equal(few.charged().length, 2);
  });

  test('none of which is answered are an error that says what to do', () => {
    const none = new Questions({
      aggregator: confidentGnmax.build({ threshold: 100, sigma1: 0.01, sigma2: 0.01 }),
      noise: seededNoise(Rng.root(0)),
      ids,
      votes: () => votes,
    });
    assert.throws(() => none.answers(), /none of 4 queries was answered.*Lower the threshold/s);
  });
});

const model = () => mlp({ id: 's', input: 784, hidden: [4], classes: 10, rng: Rng.root(3) });
const sourceOf = (asked = questions()): Source =>
  studentSource({
    examples,
    inputShape,
    ids: Int32Array.from({ length: 20 }, (_, i) => i),
    questions: asked,
    batchSize: 2,
    unlabelled: 3,
    jitter: 1,
    flatten: true,
  });

async function collect<T>(source: Source, count: number, read: (batch: Batch) => T): Promise<T[]> {
  const found: T[] = [];
  for await (const batch of source.batches({ student: model(), teachers: [], rng: Rng.root(4) })) {
    found.push(read(batch));
    if (found.length === count) break;
  }
  return found;
}

const values = ({ x, y, extras }: Batch): Record<string, number[]> => ({
  x: Array.from(x.dataSync()),
  y: Array.from(y!.dataSync()),
  ...Object.fromEntries(Object.entries(extras!).map(([name, tensor]) => [name, Array.from(tensor.dataSync())])),
});

describe('the student’s batches', () => {
  test('hold answers, then examples without, weighed so that the mean is the sum of two means', async () => {
    const [batch] = await collect(sourceOf(), 1, values);
    assert.deepEqual(batch!.answered, [2.5, 2.5, 0, 0, 0]);
    assert.deepEqual(
      batch!.unlabelled!.map((w) => Math.round(3 * w)),
      [0, 0, 5, 5, 5],
    );
    assert.ok(batch!.y!.slice(0, 2).every((label) => [0, 1, 2].includes(label)));
    assert.deepEqual(batch!.y!.slice(2), [0, 0, 0]);
    assert.notDeepEqual(batch!.x, batch!.clean);
  });

  test('go on where they were saved, with the same answers', async () => {
    const through = await collect(sourceOf(), 4, values);
    const first = sourceOf();
    await collect(first, 2, values);
    const second = sourceOf(questions(77));
    second.load(first.save());
    assert.deepEqual(await collect(second, 2, values), through.slice(2));
  });

  test('leak no tensors', async () => {
    const ofModel = Object.keys(model().params).length;
    const before = tf.memory().numTensors;
    await collect(sourceOf(), 3, () => 0);
    assert.equal(tf.memory().numTensors - before, ofModel);
  });
});

describe('the student’s objective', () => {
  const at = momentAt({ step: 0, epoch: 0, progress: 0 });
  const lesson = (own: number[][]) => ({
    batch: {
      x: tf.zeros([2, 1]),
      y: tf.tensor1d([1, 0], 'int32'),
      extras: { answered: tf.tensor1d([2, 0]), unlabelled: tf.tensor1d([0, 2]) },
      size: 2,
    },
    teachers: [{ logits: tf.tensor2d(own), taps: {} }],
  });
  const student = {
    logits: tf.tensor2d([
      [0, 0],
      [0, Math.log(3)],
    ]),
    taps: {},
  };

  test('answers by hand', () => {
    const { answered } = answersObjective().loss(
      student,
      lesson([
        [0, 0],
        [0, 0],
      ]),
      at,
    );
    assert.ok(Math.abs(answered!.dataSync()[0]! - 2 * Math.log(2)) < 1e-6);
    assert.equal(answered!.dataSync()[1], 0);
  });

  test('pseudo-labels by hand: the own class where it is sure, nothing where not', () => {
    const objective = pseudoLabelObjective({ threshold: 0.9, weight: 0.5 });
    const sure = objective.loss(
      student,
      lesson([
        [9, 0],
        [0, 3],
      ]),
      at,
    );
    // p = e³/(1 + e³) = 0.953; −ln(3/4), twice, halved.
    assert.ok(Math.abs(sure.pseudo!.dataSync()[1]! + Math.log(0.75)) < 1e-6);
    assert.equal(sure.pseudo!.dataSync()[0], 0);
    const unsure = objective.loss(
      student,
      lesson([
        [9, 0],
        [0, 2],
      ]),
      at,
    );
    assert.equal(unsure.pseudo!.dataSync()[1], 0);
  });

  test('the student is its own teacher on what it was not shown', () => {
    const own = model();
    const clean = tf.ones([1, 784]);
    const { logits } = ownView(own).signal({ x: tf.zeros([1, 784]), extras: { clean }, size: 1 });
    assert.deepEqual(logits.arraySync(), own.forward({ x: clean, size: 1 }, { training: false }).logits.arraySync());
    assert.throws(() => ownView(own).signal({ x: clean, size: 1 }), KdlabError);
  });
});
