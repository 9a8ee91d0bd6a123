import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { FOLDERS } from '../../src/config/training';
import { momentAt } from '../../src/core/moment';
import type { ObjectiveDefinition, ObjectivePlace } from '../../src/core/objective';
import { resolveNamed } from '../../src/core/resolve';
import type { Batch, Outputs } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import decoder from '../../src/models/decoder';
import encoder from '../../src/models/encoder';
import { layerPairs } from '../../src/objectives/parts/blocks';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const at = momentAt({ step: 0, epoch: 0, progress: 0 });
const LENGTH = 5;
const tokens = { vocabulary: 9, length: LENGTH, pad: 0 };
/** Two sequences; the first ends in padding. */
const batch: Batch = {
  x: tf.tensor2d([1, 3, 4, 0, 0, 1, 5, 6, 7, 2], [2, LENGTH]),
  y: tf.tensor1d([0, 1], 'int32'),
  size: 2,
};
const network = (id: string, options: object, seed = 1) =>
  encoder.build(encoder.options.parse(options), { id, inputShape: [LENGTH], classes: 2, rng: Rng.root(seed), tokens });
const outputs = (of: ReturnType<typeof network>): Outputs => of.forward(batch, { training: false });
const teacherOf = (of: ReturnType<typeof network>) => ({
  ...of,
  signal: (given: Batch) => of.forward(given, { training: false }),
});
const place = (student: ReturnType<typeof network>, teacher: ReturnType<typeof network>): ObjectivePlace => ({
  student,
  teachers: [teacherOf(teacher)],
  batch,
  rng: Rng.root(2),
});
const built = (name: string, options: object, where: ObjectivePlace) => {
  const definition = resolveNamed<ObjectiveDefinition>('objective', [FOLDERS.objectives], name);
  return { name, ...definition.build(definition.options.parse(options), where) };
};
const lessonOf = (teacher: ReturnType<typeof network>) => ({ batch, teachers: [outputs(teacher)] });

const small = { layers: 2, width: 8, heads: 2, dropout: 0 };
const large = { layers: 4, width: 12, heads: 2, dropout: 0 };

test('layers pair evenly, from the end, or as listed', () => {
  const where = place(network('s', small), network('t', large));
  const layers = (choice: Parameters<typeof layerPairs>[3]) =>
    layerPairs(where, 'x', 'hidden', choice).map(({ teacher }) => teacher);
  assert.deepEqual(layers('uniform'), ['hidden2', 'hidden4']);
  assert.deepEqual(layers('last'), ['hidden3', 'hidden4']);
  assert.deepEqual(layers([1, 4]), ['hidden1', 'hidden4']);
  assert.throws(() => layers([1, 5]), /must name a teacher layer from 1 to 4 for each of the student's 2 layers/);
  assert.throws(
    () => layerPairs(place(network('s', large), network('t', small)), 'x', 'hidden', 'uniform'),
    /the student has 4 layers, its teacher 2/,
  );
});

test('every one is zero where student and teacher are the same network', () => {
  const same = network('same', small);
  for (const name of ['tinybert', 'minilm', 'patient-kd']) {
    const { loss } = built(name, {}, place(same, same));
    for (const values of Object.values(loss(outputs(same), lessonOf(same), at)))
      assertClose(values.dataSync(), [0, 0], 1e-6);
  }
  const { soft, cosine } = built('distilbert', {}, place(same, same)).loss(outputs(same), lessonOf(same), at);
  assertClose(soft!.dataSync(), [0, 0], 1e-6);
  assertClose(cosine!.dataSync(), [0, 0], 1e-5);
});

test('tinybert: equations 7 to 9 from the taps, with the learned maps', () => {
  const [student, teacher] = [network('s', small), network('t', large, 7)];
  const { loss, params } = built('tinybert', {}, place(student, teacher));
  assert.deepEqual(Object.keys(params!).sort(), ['embedding', 'hidden']);
  const [ours, theirs] = [outputs(student), outputs(teacher)];
  const terms = loss(ours, { batch, teachers: [theirs] }, at);
  const mse = (a: tf.Tensor, b: tf.Tensor) => tf.mean(tf.squaredDifference(a, b), a.shape.map((_, i) => i).slice(1));
  const mapped = (x: tf.Tensor, by: string) =>
    tf.reshape(tf.matMul(tf.reshape(x, [2 * LENGTH, 8]), params![by] as tf.Tensor as tf.Tensor2D), [2, LENGTH, 12]);
  assertClose(
    terms.embedding!.dataSync(),
    mse(mapped(ours.taps.embedding!, 'embedding'), theirs.taps.embedding!).dataSync(),
  );
  const hidden = tf.add(
    mse(mapped(ours.taps.hidden1!, 'hidden'), theirs.taps.hidden2!),
    mse(mapped(ours.taps.hidden2!, 'hidden'), theirs.taps.hidden4!),
  );
  assertClose(terms.hidden!.dataSync(), hidden.dataSync());
  const scores = tf.add(mse(ours.taps.scores1!, theirs.taps.scores2!), mse(ours.taps.scores2!, theirs.taps.scores4!));
  assertClose(terms.attention!.dataSync(), scores.dataSync());
});

test('minilm: KL of rows of the real tokens, by hand', () => {
  // One head, two tokens, the second is padding: its row is 0 and counts for nothing.
  const rows = (a: number, b: number) => ({
    logits: tf.zeros<tf.Rank.R2>([1, 2]),
    taps: { attention2: tf.tensor4d([a, b, 0, 0], [1, 1, 2, 2]) },
  });
  const { loss } = built('minilm', { relation: false }, place(network('s', small), network('t', { ...small }, 3)));
  const { attention } = loss(rows(0.5, 0.5), { batch, teachers: [rows(0.75, 0.25)] }, at);
  assertClose(attention!.dataSync(), [0.75 * Math.log(1.5) + 0.25 * Math.log(0.5)], 1e-6);
});

test('heads that cannot be compared, and networks without such taps, are refused with what to do', () => {
  const fourHeads = network('t', { ...large, heads: 4 });
  assert.throws(
    () => built('minilm', {}, place(network('s', small), fourHeads)),
    /\[2,5,5\], the teacher's \[4,5,5\].*same heads/,
  );
  assert.throws(() => built('tinybert', {}, place(network('s', small), fourHeads)), /head by head/);
  const plain = { ...network('s', small), taps: ['hidden'] };
  assert.throws(
    () => built('minilm', {}, place(plain, network('t', large))),
    /minilm reads attention1, attention2, … of the student; s has hidden/,
  );
});

test('a causal student: the same objectives, one term a token', () => {
  const build = (id: string, options: object, seed: number) =>
    decoder.build(decoder.options.parse(options), { id, inputShape: [], classes: 9, rng: Rng.root(seed), tokens });
  const [student, teacher] = [build('s', small, 1), build('t', large, 2)];
  const flat: Batch = { x: tf.reshape(batch.x, [10]), y: tf.zeros([10], 'int32'), size: 10 };
  const where: ObjectivePlace = { student, teachers: [teacherOf(teacher)], batch: flat, rng: Rng.root(2) };
  const forward = (of: typeof student) => of.forward(flat, { training: false });
  for (const name of ['tinybert', 'minilm', 'distilbert', 'kd'])
    for (const term of Object.values(
      built(name, {}, where).loss(forward(student), { batch: flat, teachers: [forward(teacher)] }, at),
    ))
      assert.deepEqual(term.shape, [10], name);
});
