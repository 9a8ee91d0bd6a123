import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { adjacencyOf } from '../../../graphs/data/adjacency';
import { molecules } from '../../../graphs/generators/molecules';
import graphClassifier from '../../../graphs/graph-models/graph-classifier';
import { GraphSet } from '../../../graphs/graph-set';
import { graphBatches } from '../../../graphs/sources/graph-batches';
import { symmetrized } from '../../../graphs/transforms/undirected';
import { KdlabError } from '../../../src/core/errors';
import type { State } from '../../../src/core/state';
import type { Batch, Model, Source } from '../../../src/core/types';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';
import { assertClose } from '../../support/numbers';
import { rowsOf } from '../small-graph';

const set = molecules({ graphs: 40 }, Rng.root(1));

const make = (options: object = {}): Model =>
  graphClassifier.build(graphClassifier.options.parse({ hidden: [6, 5], dropout: 0, ...options }), {
    id: 'classifier',
    inputShape: [3],
    classes: 2,
    rng: Rng.root(2),
  });

before(useEngine);

test('molecules: one connected graph each, degrees of atoms, and the class says whether a carbon joins N to O', () => {
  const { offsets, adjacency, features, labels } = set.parts;
  let ones = 0;
  for (let graph = 0; graph < set.count; graph++) {
    const [first, end] = [offsets[graph]!, offsets[graph + 1]!];
    const kind = (atom: number) => [0, 1, 2].find((k) => features[atom * 3 + k] === 1)!;
    const near = (atom: number) => [
      ...adjacency.columnIndices.subarray(adjacency.rowPointers[atom], adjacency.rowPointers[atom + 1]),
    ];
    const met = new Set([first]);
    for (const atom of met) for (const other of near(atom)) met.add(other);
    assert.equal(met.size, end - first);
    const atoms = Array.from({ length: end - first }, (_, i) => first + i);
    const joined = atoms.some(
      (atom) => kind(atom) === 0 && near(atom).some((x) => kind(x) === 1) && near(atom).some((x) => kind(x) === 2),
    );
    assert.equal(labels[graph], joined ? 1 : 0);
    ones += labels[graph]!;
    // Rings: more bonds than a tree has.
    assert.ok(atoms.reduce((sum, atom) => sum + near(atom).length, 0) / 2 >= end - first);
  }
  assert.ok(ones > 8 && ones < 32, `${ones} of 40`);
  assert.equal(molecules({ graphs: 40 }, Rng.root(1)).digest, set.digest);
});

test('a graph’s logits do not depend on those beside it, on their order or on padding', () => {
  for (const options of [{}, { layer: 'gcn', readout: 'mean' }, { layer: 'sage' }]) {
    const model = make(options);
    const alone = (graph: number) =>
      rowsOf(model.forward(set.batch(Int32Array.of(graph)), { training: false }).logits)[0]!;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 39 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 20 }),
        (graphs, spare) => {
          const chosen = Int32Array.from(graphs);
          const { nodes, entries } = set.roomOf(chosen);
          const batch = set.batch(chosen, { nodes: nodes + spare, entries: entries + spare });
          const rows = rowsOf(model.forward(batch, { training: false }).logits);
          graphs.forEach((graph, i) => {
            assertClose(rows[i]!, alone(graph), 1e-4);
          });
        },
      ),
      { numRuns: 6 },
    );
  }
});

test('graph-classifier is its formula: two rounds of sums through perceptrons, the sum over nodes, a linear layer', () => {
  const model = make({ layer: 'gcn', hidden: [4] });
  const batch = set.batch(Int32Array.of(3));
  const loops = batch.extras!;
  const n = loops['nodes/x']!.shape[0]!;
  const [pointers, indices, values] = ['pointers', 'indices', 'values'].map((part) =>
    loops[`loops/${part}`]!.dataSync(),
  );
  const x = rowsOf(loops['nodes/x']!);
  const parameter = (name: string) => rowsOf(model.params[name]!);
  const sent = x.map((row) =>
    parameter('conv1/kernel')[0]!.map((_, k) =>
      row.reduce((sum, v, j) => sum + v * parameter('conv1/kernel')[j]![k]!, 0),
    ),
  );
  const sum = [0, 0, 0, 0];
  for (let node = 0; node < n; node++)
    for (let k = 0; k < 4; k++) {
      let h = parameter('conv1/bias')[0]![k]!;
      for (let e = pointers![node]!; e < pointers![node + 1]!; e++) h += values![e]! * sent[indices![e]!]![k]!;
      sum[k]! += Math.max(0, h);
    }
  const expected = [0, 1].map((c) =>
    sum.reduce((total, v, k) => total + v * parameter('readout/kernel')[k]![c]!, parameter('readout/bias')[0]![c]!),
  );
  const { logits, taps } = model.forward(batch, { training: false });
  assertClose(rowsOf(logits)[0]!, expected, 1e-4);
  assertClose(rowsOf(taps.graph!)[0]!, sum, 1e-4);
  assert.throws(() => model.forward({ x: tf.zeros([1, 3]), size: 1 }, { training: false }), KdlabError);
});

test('sets with parts that do not fit are refused', () => {
  const { adjacency } = adjacencyOf({ name: 'two', nodes: 4, sources: [0, 1], targets: [1, 2] });
  const parts = {
    name: 'two',
    offsets: Int32Array.from([0, 2, 4]),
    adjacency: symmetrized(adjacency),
    columns: 1,
    features: new Float32Array(4),
    labels: Int32Array.from([0, 1]),
    classes: 2,
  };
  assert.throws(() => new GraphSet(parts), /edge leaves graph 0, to node 2/);
  assert.throws(() => new GraphSet({ ...parts, labels: Int32Array.from([0, 2]) }), /graph 1 has the label 2/);
  assert.throws(() => new GraphSet({ ...parts, offsets: Int32Array.from([0, 4, 4]) }), KdlabError);
  assert.throws(() => new GraphSet({ ...parts, features: new Float32Array(3) }), KdlabError);
  assert.throws(() => set.batch(Int32Array.of(0), { nodes: 2, entries: 2 }), RangeError);
});

test('batches of graphs: each once an epoch, one room for all, the same from a saved position; no tensor is left', async () => {
  const source = (): Source =>
    graphBatches({ set, graphs: Int32Array.from({ length: 30 }, (_, i) => i), batchSize: 7 });
  const take = async (from: Source, count: number, see: (batch: Batch, step: number) => void) => {
    let step = 0;
    for await (const batch of from.batches({ rng: Rng.root(3), student: make(), teachers: [] })) {
      see(batch, step++);
      if (step === count) break;
    }
  };
  const first = source();
  assert.equal(first.stepsPerEpoch, 4);
  const seen: number[] = [];
  const shapes = new Set<string>();
  const all: number[][] = [];
  let saved: State = {};
  await take(first, 6, (batch, step) => {
    if (step < 4) seen.push(...batch.ids!);
    shapes.add(`${batch.extras!['nodes/x']!.shape}`);
    all.push([...batch.ids!, ...batch.extras!['nodes/x']!.dataSync()]);
    if (step === 2) saved = first.save();
  });
  assert.equal(new Set(seen).size, 28);
  assert.ok(shapes.size <= 2, `${[...shapes]}`);
  const later = source();
  later.load(saved);
  await take(later, 3, (batch, step) => {
    assert.deepEqual([...batch.ids!, ...batch.extras!['nodes/x']!.dataSync()], all[step + 3]);
  });
  const tensors = tf.memory().numTensors;
  let step = 0;
  for await (const _ of later.batches({ rng: Rng.root(3), student: undefined as never, teachers: [] }))
    if (step++ > 5) break;
  assert.equal(tf.memory().numTensors, tensors);
  assert.throws(() => graphBatches({ set, graphs: new Int32Array(0), batchSize: 4 }), KdlabError);
});
