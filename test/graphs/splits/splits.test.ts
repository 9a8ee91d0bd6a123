import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextualBlockModel } from '../../../graphs/generators/block-model';
import { perClassSplit } from '../../../graphs/splits/per-class';
import { productionSplit } from '../../../graphs/splits/production';
import { makeSplit } from '../../../graphs/splits/split';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';

const rng = Rng.root(0);
const graph = contextualBlockModel({ nodes: 300, classes: 3, degree: 6 }, rng);
const split = perClassSplit(graph, rng, { train: 5, validation: 10 });

test('so many of each class, all others to test on; every seed its own', () => {
  const counts = (nodes: Int32Array) =>
    [0, 1, 2].map((label) => nodes.filter((node) => graph.labels[node] === label).length);
  assert.deepEqual(counts(split.train), [5, 5, 5]);
  assert.deepEqual(counts(split.validation), [10, 10, 10]);
  assert.deepEqual(counts(split.test), [85, 85, 85]);
  const all = [...split.train, ...split.validation, ...split.test].sort((a, b) => a - b);
  assert.deepEqual(
    all,
    Array.from({ length: 300 }, (_, node) => node),
  );
  assert.equal(perClassSplit(graph, Rng.root(0), { train: 5, validation: 10 }).hash, split.hash);
  assert.notEqual(perClassSplit(graph, Rng.root(1), { train: 5, validation: 10 }).hash, split.hash);
});

test('a class with too few nodes is named', () => {
  assert.throws(
    () => perClassSplit(graph, rng, { train: 100, validation: 30 }),
    /class 0 has 100 nodes, but 100 .* 30/,
  );
});

test('a split that would spoil a result is refused', () => {
  const toy = { name: 'toy', labels: Int32Array.of(0, 1, 0, 1, -1), classes: 2 };
  const refused = (train: number[], validation: number[], message: RegExp) =>
    assert.throws(
      () => makeSplit(toy, 'mine', { train, validation, test: [3] }),
      (error) => error instanceof KdlabError && message.test(error.message),
    );
  refused([0, 1], [1], /node 1 is in train and in validation/);
  refused([0, 1], [3], /node 3 is in validation and in test/);
  refused([0, 1, 0], [2], /train names node 0 twice/);
  refused([0, 1], [7], /validation names node 7, expected 0 to 4/);
  refused([0, 1], [4], /node 4, which has no label/);
  refused([0, 2], [1], /train has no node of class 1 of the 2 classes/);
});

test('the production split hides a fifth of the test nodes with all their edges', () => {
  const { transductive, inductive, observed, observedGraph, observedSplit } = productionSplit(graph, split, rng);
  assert.equal(inductive.length, Math.floor(0.2 * split.test.length));
  assert.deepEqual(Int32Array.of(...transductive, ...inductive).sort(), split.test);
  const hidden = new Set(inductive);
  assert.deepEqual([...observed], [...graph.labels.keys()].filter((node) => !hidden.has(node))); // biome-ignore format: short
  for (const [i, node] of observed.entries()) {
    const neighbors = [...graph.neighbors(node)].filter((other) => !hidden.has(other));
    assert.deepEqual([...observedGraph.neighbors(i)].map((other) => observed[other]), neighbors); // biome-ignore format: short
    assert.equal(observedGraph.labels[i], graph.labels[node]);
  }
  const named = (nodes: Int32Array) => nodes.map((node) => observed[node]!);
  assert.deepEqual(named(observedSplit.train), split.train);
  assert.deepEqual(named(observedSplit.validation), split.validation);
  assert.deepEqual(named(observedSplit.test), transductive);
});

test('a share that leaves nothing on one side is refused', () => {
  for (const fraction of [0, 1, 0.001]) assert.throws(() => productionSplit(graph, split, rng, fraction), KdlabError);
});
