import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adjacencyOf } from '../../../graphs/data/adjacency';
import { karate } from '../../../graphs/data/karate';
import { DenseFeatures, SparseFeatures } from '../../../graphs/features';
import { contextualBlockModel } from '../../../graphs/generators/block-model';
import { Graph } from '../../../graphs/graph';
import { components, largestComponent, subgraph } from '../../../graphs/transforms/components';
import { rowNormalized } from '../../../graphs/transforms/feature-scaling';
import { fewerEdges } from '../../../graphs/transforms/fewer-edges';
import { edgeHomophily, localHomophily } from '../../../graphs/transforms/homophily';
import { randomWalkNormalized, symmetricNormalized, withSelfLoops } from '../../../graphs/transforms/normalization';
import { symmetrized, undirected } from '../../../graphs/transforms/undirected';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';
import { Csr } from '../../../src/sparse/csr';

const dense = ({ rows, columns, rowPointers, columnIndices, values }: Csr) =>
  Array.from({ length: rows }, (_, row) => {
    const out = new Array<number>(columns).fill(0);
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++)
      out[columnIndices[entry]!]! += values?.[entry] ?? 1;
    return out;
  });

const close = (found: number[][], expected: number[][]) =>
  found.forEach((row, r) => {
    row.forEach((value, c) => {
      assert.ok(Math.abs(value - expected[r]![c]!) < 1e-6, `[${r},${c}] is ${value}, expected ${expected[r]![c]}`);
    });
  });

/** A path 0-1-2, a pair 4-3, and node 5 alone; classes a a b, b b, unknown. */
function paths(): Graph {
  return undirected(
    new Graph({
      name: 'paths',
      adjacency: adjacencyOf({ name: 'paths', nodes: 6, sources: [0, 1, 4], targets: [1, 2, 3] }).adjacency,
      features: new DenseFeatures(6, 2, Float32Array.of(1, 3, 0, 0, 2, 2, 5, 0, 0, 1, 1, 1)),
      labels: Int32Array.of(0, 0, 1, 1, 1, -1),
      classes: 2,
    }),
  );
}

test('D^-½ (A + I) D^-½ of a path by hand', () => {
  const { adjacency } = subgraph(paths(), Int32Array.of(0, 1, 2));
  const [half, root] = [1 / 2, 1 / Math.sqrt(6)];
  close(dense(symmetricNormalized(withSelfLoops(adjacency))), [[half, root, 0], [root, 1 / 3, root], [0, root, half]]); // biome-ignore format: rows
});

test('D⁻¹ A has rows that sum to one; a node without edges has none', () => {
  const rows = dense(randomWalkNormalized(paths().adjacency));
  assert.deepEqual(rows[1], [0.5, 0, 0.5, 0, 0, 0].map(Math.fround));
  assert.deepEqual(rows.map((row) => row.reduce((a, b) => a + b)), [1, 1, 1, 1, 1, 0]); // biome-ignore format: short
  assert.deepEqual(dense(symmetricNormalized(paths().adjacency))[5], [0, 0, 0, 0, 0, 0]);
});

test('weights play their part in a normalisation', () => {
  const { adjacency } = adjacencyOf({ name: 'w', nodes: 2, sources: [0, 1], targets: [1, 0], weights: [3, 3] });
  close(dense(withSelfLoops(adjacency)), [[1, 3], [3, 1]]); // biome-ignore format: rows
  close(dense(symmetricNormalized(withSelfLoops(adjacency))), [[0.25, 0.75], [0.75, 0.25]]); // biome-ignore format: rows
});

test('components in the order of their first nodes; the largest keeps order, features and labels', () => {
  const graph = paths();
  assert.deepEqual(components(graph.adjacency), { of: Int32Array.of(0, 0, 0, 1, 1, 2), count: 3 });
  const largest = largestComponent(graph);
  assert.deepEqual([...largest.targets], [1, 0, 2, 1]);
  assert.deepEqual([...largest.labels], [0, 0, 1]);
  assert.deepEqual([...largest.features.gather([0, 2])], [1, 3, 2, 2]);
});

test('components of directed edges are weak ones', () => {
  const { adjacency } = adjacencyOf({ name: 'd', nodes: 4, sources: [3, 1], targets: [0, 3] });
  assert.deepEqual(components(adjacency), { of: Int32Array.of(0, 0, 1, 0), count: 2 });
});

test('homophily leaves unlabelled nodes out', () => {
  assert.equal(edgeHomophily(paths()), 4 / 6);
  assert.deepEqual([...localHomophily(paths())], [1, 0.5, 0, 1, 1, Number.NaN]);
  assert.equal(edgeHomophily(karate().graph), 67 / 78);
});

test('rows of features sum to one, those of zeros stay; dense and sparse alike', () => {
  const expected = [0.25, 0.75, 0, 0, 0.5, 0.5, 1, 0, 0, 1, 0.5, 0.5];
  const graph = paths();
  const nodes = [0, 1, 2, 3, 4, 5];
  assert.deepEqual([...rowNormalized(graph).features.gather(nodes)], expected);
  const matrix = Csr.fromEntries({
    rows: 6,
    columns: 2,
    rowIndices: [0, 0, 2, 2, 3, 4, 5, 5],
    columnIndices: [0, 1, 0, 1, 0, 1, 0, 1],
    values: [1, 3, 2, 2, 5, 1, 1, 1],
  });
  const sparse = graph.with({ features: new SparseFeatures(matrix) });
  assert.deepEqual([...rowNormalized(sparse).features.gather(nodes)], expected);
  assert.deepEqual([...sparse.features.gather(nodes)], [...graph.features.gather(nodes)]);
});

test('a graph refuses parts that do not fit, and its digest knows every part', () => {
  const graph = paths();
  const refused = (parts: Parameters<Graph['with']>[0], message: RegExp) =>
    assert.throws(() => graph.with(parts), (error) => error instanceof KdlabError && message.test(error.message)); // biome-ignore format: one thought
  refused({ labels: Int32Array.of(0, 0, 1, 1, 1, 2) }, /node 5 has the label 2, expected 0 to 1/);
  refused({ labels: Int32Array.of(0) }, /1 labels, expected one for each of 6 nodes/);
  refused({ features: new DenseFeatures(1, 1, Float32Array.of(0)) }, /1 rows of features/);
  const changed = [
    graph.with({ name: 'other' }),
    graph.with({ classes: 3 }),
    graph.with({ labels: Int32Array.of(0, 0, 1, 1, 1, 0) }),
    rowNormalized(graph),
    graph.with({ adjacency: randomWalkNormalized(graph.adjacency) }),
  ];
  assert.equal(changed[0]!.digest, graph.digest);
  assert.equal(new Set(changed.map(({ digest }) => digest)).size, changed.length);
});

test('hidden edges are gone in both directions, about as many as asked for; features and labels stay', () => {
  const graph = contextualBlockModel({ nodes: 300, degree: 10 }, Rng.root(3));
  const thin = fewerEdges(graph, 0.3, Rng.root(4));
  assert.deepEqual(symmetrized(thin.adjacency).columnIndices, thin.adjacency.columnIndices);
  assert.ok(Math.abs(thin.directedEdges / graph.directedEdges - 0.7) < 0.05);
  for (let node = 0; node < 300; node++)
    for (const other of thin.neighbors(node)) assert.ok(graph.neighbors(node).includes(other));
  assert.equal(thin.features, graph.features);
  assert.deepEqual(fewerEdges(graph, 0.3, Rng.root(4)).targets, thin.targets);
  const oneWay = graph.with({
    adjacency: new Csr({
      rows: 300,
      columns: 300,
      rowPointers: Int32Array.from({ length: 301 }, (_, i) => (i > 5 ? 1 : 0)),
      columnIndices: Int32Array.of(7),
    }),
  });
  assert.throws(() => fewerEdges(oneWay, 0.3, Rng.root(4)), /5 to 7 has no other direction/);
});
