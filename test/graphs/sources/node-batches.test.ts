import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import mlp from '../../../graphs/models/mlp';
import { nodeBatches, nodeRows } from '../../../graphs/sources/node-batches';
import { fixedTeacher } from '../../../graphs/teachers/fixed';
import type { Batch, Source } from '../../../src/core/types';
import { disposeBatch } from '../../../src/data/batch';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';
import { CLASSES, FEATURE_ROWS, FEATURES, rowsOf, smallGraph, wideGraph } from '../small-graph';

const rng = Rng.root(5);
const all = Int32Array.of(0, 1, 2, 3, 4);
const labels = Int32Array.of(0, 1, -1, -1, 1);

before(useEngine);

/** The node numbers of the first batches. */
async function drawn(source: Source, count: number): Promise<number[][]> {
  const found: number[][] = [];
  const student = mlp.build(mlp.options.parse({}), { id: 'student', inputShape: [FEATURES], classes: CLASSES, rng });
  for await (const { ids } of source.batches({ rng, student, teachers: [] })) {
    found.push([...ids!]);
    if (found.length === count) break;
  }
  return found;
}

test('an epoch draws each node at most once and leaves out what fills no batch', async () => {
  const source = nodeBatches({ graph: smallGraph(), labels, nodes: all, batchSize: 2 });
  assert.equal(source.stepsPerEpoch, 2);
  const epochs = await drawn(source, 40);
  for (let at = 0; at < 40; at += 2) assert.equal(new Set([...epochs[at]!, ...epochs[at + 1]!]).size, 4);
  assert.equal(new Set(epochs.flat()).size, 5, 'in the long run all are drawn');
  assert.notDeepEqual(epochs.slice(0, 2), epochs.slice(2, 4));
});

test('only the nodes that are named are drawn; fewer than a batch are one', async () => {
  const source = nodeBatches({ graph: smallGraph(), labels, nodes: Int32Array.of(1, 4), batchSize: 512 });
  assert.equal(source.stepsPerEpoch, 1);
  for (const ids of await drawn(source, 3)) assert.deepEqual(ids.sort(), [1, 4]);
  assert.throws(() => nodeBatches({ graph: smallGraph(), labels, nodes: new Int32Array(0), batchSize: 2 }), /no nodes/);
});

test('from a saved position the same nodes come, and what is kept with it', async () => {
  const kept = () => {
    const held = 0;
    return { save: () => ({ held: 7 }), load: (state: object) => Object.assign(held, state), read: () => held };
  };
  const make = () => nodeBatches({ graph: smallGraph(), labels, nodes: all, batchSize: 2, kept: kept() });
  const whole = await drawn(make(), 9);
  const first = make();
  await drawn(first, 5);
  const saved = first.save();
  assert.deepEqual(saved, { held: 7, step: 5 });
  const second = make();
  second.load(saved);
  assert.deepEqual(await drawn(second, 4), whole.slice(5));
});

for (const [kind, graph] of [
  ['in full', smallGraph()],
  ['as a matrix', wideGraph()],
] as const)
  test(`rows of features ${kind}, with known labels, and the teacher’s signal of the same nodes`, () => {
    const ids = Int32Array.of(3, 0);
    const batch = nodeRows(graph, labels, ids);
    assert.deepEqual([...batch.y!.dataSync()], [-1, 0]);
    if (kind === 'in full')
      assert.deepEqual(
        rowsOf(batch.x),
        [FEATURE_ROWS[3]!, FEATURE_ROWS[0]!].map((row) => [...Float32Array.from(row)]),
      );
    const place = { id: 'teacher', inputShape: [graph.features.columns], classes: CLASSES, rng };
    const model = mlp.build(mlp.options.parse({ hidden: [4] }), place);
    const every = nodeRows(graph, labels, all);
    const teacher = fixedTeacher({ model, batch: every, taps: ['hidden1'] });
    tf.tidy(() => {
      const { logits, taps } = teacher.signal(batch);
      const expected = model.forward(batch, { training: false });
      for (const [a, b] of [
        [logits, expected.logits],
        [taps.hidden1!, expected.taps.hidden1!],
      ] as const)
        assert.ok(tf.max(tf.abs(tf.sub(a, b))).dataSync()[0]! < 1e-6);
      const { ids: _, ...nameless } = batch;
      assert.throws(() => teacher.signal(nameless as Batch), /knows 5 nodes, it is asked about 2/);
    });
    for (const each of [batch, every]) disposeBatch(each);
  });

test('no tensor is left behind', async () => {
  const source = nodeBatches({ graph: smallGraph(), labels, nodes: all, batchSize: 2 });
  await drawn(source, 1);
  const before = tf.memory().numTensors;
  const student = mlp.build(mlp.options.parse({}), { id: 'student', inputShape: [FEATURES], classes: CLASSES, rng });
  const made = tf.memory().numTensors - before;
  for (const variable of Object.values(student.params)) variable.dispose();
  await drawn(source, 6);
  assert.equal(tf.memory().numTensors - before, made);
});
