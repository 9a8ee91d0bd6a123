import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adjacencyOf } from '../../../graphs/data/adjacency';
import { contextualBlockModel } from '../../../graphs/generators/block-model';
import { extendPositions, Positions } from '../../../graphs/positions';
import deepwalk from '../../../graphs/positions/deepwalk';
import laplacian from '../../../graphs/positions/laplacian';
import { symmetricNormalized, withSelfLoops } from '../../../graphs/transforms/normalization';
import { symmetrized } from '../../../graphs/transforms/undirected';
import { Rng } from '../../../src/math/rng';
import { assertClose } from '../../support/numbers';
import { smallGraph } from '../small-graph';

const graph = contextualBlockModel({ nodes: 120, classes: 2, degree: 8, homophily: 0.95 }, Rng.root(1));
const columnsOf = ({ width, values }: Positions) =>
  Array.from({ length: width }, (_, k) => [...values].filter((_, i) => i % width === k));
const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

test('laplacian: columns are eigenvectors of the normalised adjacency, orthogonal, by falling eigenvalue', () => {
  const found = laplacian.build({ width: 3, iterations: 300 }, graph.adjacency, Rng.root(5));
  const { rowPointers, columnIndices, values } = symmetricNormalized(withSelfLoops(graph.adjacency));
  const columns = columnsOf(found);
  const eigenvalues = columns.map((column) => {
    const image = column.map((_, row) => {
      let sum = 0;
      for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++)
        sum += values![entry]! * column[columnIndices[entry]!]!;
      return sum;
    });
    const value = dot(image, column) / dot(column, column);
    assertClose(
      image,
      column.map((x) => value * x),
      2e-3,
    );
    return value;
  });
  assertClose([eigenvalues[0]!], [1], 1e-5);
  assert.deepEqual(
    eigenvalues,
    [...eigenvalues].sort((a, b) => b - a),
  );
  for (const [i, a] of columns.entries())
    for (const [j, b] of columns.entries()) assertClose([dot(a, b) / 120], [i === j ? 1 : 0], 1e-4);
  // The second tells the two blocks apart.
  const side = columns[1]!.map((x) => (x > 0 ? 1 : 0));
  const same = side.filter((x, i) => x === graph.labels[i]).length;
  assert.ok(Math.max(same, 120 - same) > 110, `${same} of 120`);
});

test('laplacian: of fewer nodes than numbers the rest are 0', () => {
  const { values, width } = laplacian.build({ width: 7, iterations: 50 }, smallGraph().adjacency, Rng.root(5));
  assert.equal(width, 7);
  assert.ok([...values].every(Number.isFinite));
  assert.ok([...values].filter((_, i) => i % 7 >= 5).every((x) => x === 0));
});

test('deepwalk: nodes of a block are near, the same key gives the same numbers, a node alone has none', () => {
  const options = deepwalk.options.parse({ width: 8, walks: 5, length: 20 });
  const found = deepwalk.build(options, graph.adjacency, Rng.root(6));
  assert.deepEqual(deepwalk.build(options, graph.adjacency, Rng.root(6)).values, found.values);
  // What all nodes have in common tells nothing.
  const means = columnsOf(found).map((column) => column.reduce((a, b) => a + b) / 120);
  const rows = Array.from({ length: 120 }, (_, i) => [...found.gather([i])].map((x, k) => x - means[k]!));
  const cosine = (i: number, j: number) =>
    dot(rows[i]!, rows[j]!) / Math.sqrt(dot(rows[i]!, rows[i]!) * dot(rows[j]!, rows[j]!));
  const mean = (alike: boolean) => {
    const all = rows.flatMap((_, i) =>
      rows.flatMap((__, j) => (i < j && (graph.labels[i] === graph.labels[j]) === alike ? [cosine(i, j)] : [])),
    );
    return all.reduce((a, b) => a + b) / all.length;
  };
  assert.ok(mean(true) > mean(false) + 0.2, `${mean(true)} within, ${mean(false)} across`);
  const small = deepwalk.build(options, smallGraph().adjacency, Rng.root(6));
  assert.ok(small.gather([4]).every((x) => x === 0) && small.gather([0]).some((x) => x !== 0));
});

test('nodes that came later stand at the mean of their known neighbours', () => {
  // 0 − 1 − 2, 3 − 2, 4 alone; 1 and 3 are known, in this order.
  const edges = { sources: [0, 1, 3], targets: [1, 2, 2] };
  const { adjacency } = adjacencyOf({ name: 'path', nodes: 5, ...edges });
  const known = new Positions(2, Float32Array.from([1, 2, 5, 6]));
  const { values } = extendPositions(known, symmetrized(adjacency), Int32Array.from([1, 3]));
  assert.deepEqual([...values], [1, 2, 1, 2, 3, 4, 5, 6, 0, 0]);
  assert.throws(() => new Positions(2, new Float32Array(3)), RangeError);
});
