import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { graphBatch } from '../../../graphs/batch';
import { accuracy, decisions, matches } from '../../../graphs/evaluate/accuracy';
import { bestValidation } from '../../../graphs/evaluate/best-validation';
import { byDegree, byHomophily } from '../../../graphs/evaluate/buckets';
import { layouts } from '../../../graphs/evaluate/embedding';
import { hopsOf } from '../../../graphs/evaluate/hops';
import { nodeLatency, reached } from '../../../graphs/evaluate/latency';
import { predictor } from '../../../graphs/evaluate/predict';
import gcn from '../../../graphs/models/gcn';
import mlp from '../../../graphs/models/mlp';
import type { State } from '../../../src/core/state';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';
import { CLASSES, FEATURES, NODES, smallGraph, wideGraph } from '../small-graph';

const place = { id: 'student', inputShape: [FEATURES], classes: CLASSES, rng: Rng.root(1) };
const network = (inputShape = [FEATURES]) => gcn.build(gcn.options.parse({ hidden: [4] }), { ...place, inputShape });

before(useEngine);

test('the first of equal logits decides; accuracy counts the nodes that are named', () => {
  const decided = decisions(Float32Array.of(1, 0, 0, 2, 3, 3), 2);
  assert.deepEqual([...decided], [0, 1, 0]);
  const labels = Int32Array.of(0, 0, 0);
  assert.equal(matches(decided, labels, [0, 1, 2]), 2);
  assert.equal(accuracy(decided, labels, [1, 2]).mean, 0.5);
});

test('nodes are grouped by degree and by the share of neighbours of their class; those without are left out', () => {
  const degrees = [0, 1, 2, 3, 9, 40];
  const nodes = Int32Array.of(0, 1, 2, 3, 4, 5);
  assert.deepEqual(
    byDegree(nodes, (node) => degrees[node]!).map(({ label, nodes: own }) => [label, [...own]]),
    [
      ['0', [0]],
      ['1–2', [1, 2]],
      ['3–4', [3]],
      ['9–16', [4]],
      ['≥ 17', [5]],
    ],
  );
  const groups = byHomophily(nodes, Float32Array.of(Number.NaN, 0, 0.25, 0.6, 0.75, 1));
  assert.deepEqual(
    groups.map(({ label, nodes: own }) => [label, [...own]]),
    [
      ['0–0.25', [1]],
      ['0.25–0.5', [2]],
      ['0.5–0.75', [3]],
      ['0.75–1', [4, 5]],
    ],
  );
});

test('how far a model sees', () => {
  assert.equal(hopsOf({ mlp: { hidden: [8, 8] } }), 0);
  assert.equal(hopsOf({ gcn: { hidden: [8, 8] } }), 3);
  assert.equal(hopsOf({ cpf: { hidden: [8], hops: 5 } }), 5);
  const graph = smallGraph();
  assert.deepEqual([...reached(graph, [3], 0)], [3]);
  assert.deepEqual([...reached(graph, [3], 1)], [2, 3]);
  assert.deepEqual([...reached(graph, [3, 4], 2)], [0, 1, 2, 3, 4]);
});

test('a request fetches the nodes within a network’s reach, a perceptron’s only those asked about', () => {
  const graph = smallGraph();
  const asked = { batches: [Int32Array.of(3), Int32Array.of(4)] };
  const { fetched, p50, p95 } = nodeLatency(network(), graph, { ...asked, hops: 2 });
  // Node 3 reaches 0 to 3, node 4 only itself.
  assert.equal(fetched, (4 + 1) / 2);
  assert.ok(p50 > 0 && p95 >= p50);
  const student = mlp.build(mlp.options.parse({}), place);
  const before = tf.memory().numTensors;
  assert.equal(nodeLatency(student, graph, { ...asked, hops: 0 }).fetched, 1);
  assert.equal(tf.memory().numTensors, before, 'tensors left behind');
});

for (const [kind, graph] of [
  ['in full', smallGraph()],
  ['as a matrix', wideGraph()],
] as const)
  test(`predictions with features ${kind} are the model’s, also after its parameters change`, () => {
    const model = network([graph.features.columns]);
    const batch = graphBatch(graph);
    const predict = predictor(model, batch);
    for (let round = 0; round < 2; round++) {
      const expected = tf.tidy(() => model.forward(batch, { training: false }).logits.dataSync());
      for (const [i, value] of predict().entries()) assert.ok(Math.abs(value - expected[i]!) < 1e-5);
      for (const variable of Object.values(model.params)) variable.assign(tf.mul(variable, 1.5));
    }
    assert.equal(predict().length, NODES * CLASSES);
  });

/** Validations by the list; the parameter counts them. */
function validated(accuracies: readonly number[], options: { steps: number; patience?: number }) {
  const count = tf.variable(tf.scalar(0));
  const make = () =>
    bestValidation({
      params: { count },
      every: 1,
      ...options,
      validate: () => accuracies[count.dataSync()[0]! - 1]!,
    });
  const step = () => count.assign(tf.add(count, 1));
  return { count, make, step };
}

test('the parameters of the best validation come back at the end, of equal ones the last', () => {
  const { count, make, step } = validated([0.5, 0.8, 0.8, 0.7], { steps: 4 });
  const { evaluation } = make();
  for (let i = 0; i < 4; i++) {
    step();
    evaluation.measure();
    assert.equal(evaluation.stop!({}), false);
  }
  assert.equal(count.dataSync()[0], 3);
});

test('patience ends a training, taken up from a saved state or not', () => {
  const accuracies = [0.5, 0.8, 0.6, 0.7, 0.75, 0.9];
  const { count, make, step } = validated(accuracies, { steps: 6, patience: 3 });
  let { evaluation, kept } = make();
  const ends: boolean[] = [];
  for (let i = 0; i < 5; i++) {
    if (i === 3) {
      const saved = structuredClone(kept.save()) as State;
      ({ evaluation, kept } = make());
      kept.load(saved);
    }
    step();
    evaluation.measure();
    ends.push(evaluation.stop!({}));
  }
  assert.deepEqual(ends, [false, false, false, false, true]);
  assert.equal(count.dataSync()[0], 2);
});

test('a layout is the same for the same key, and keeps apart what is far apart', () => {
  const rng = Rng.root(2);
  const values = rng.normal(60 * 4).map((value, i) => value + (i % 4 === 0 && i < 120 ? 30 : 0));
  const [pca, umap] = layouts(values, 4, rng);
  assert.deepEqual([pca!.method, umap!.method], ['PCA', 'UMAP']);
  assert.ok(pca!.share! > 0.9);
  const centre = (of: typeof pca, from: number) =>
    [0, 1].map((axis) => of!.points.slice(from, from + 30).reduce((sum, point) => sum + point[axis as 0 | 1] / 30, 0));
  for (const layout of [pca, umap]) {
    const [a, b] = [centre(layout, 0), centre(layout, 30)];
    const apart = Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!);
    const spread = Math.hypot(layout!.points[0]![0] - a[0]!, layout!.points[0]![1] - a[1]!);
    assert.ok(apart > 2 * spread, `${layout!.method}: ${apart} apart, ${spread} wide`);
  }
  assert.deepEqual(layouts(values, 4, rng), [pca, umap]);
  assert.deepEqual(
    layouts(values.slice(0, 40), 4, rng).map(({ method }) => method),
    ['PCA'],
  );
  assert.deepEqual(layouts(values.slice(0, 8), 4, rng), []);
});
