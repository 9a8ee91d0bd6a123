import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { adjacencyOf } from '../../../graphs/data/adjacency';
import { symmetrized } from '../../../graphs/transforms/undirected';
import { KdlabError } from '../../../src/core/errors';
import type { Csr } from '../../../src/sparse/csr';

const edgesOf = ({ rows, rowPointers, columnIndices, values }: Csr) =>
  Array.from({ length: rows }, (_, row) =>
    Array.from(columnIndices.subarray(rowPointers[row], rowPointers[row + 1]), (column, i) => [
      row,
      column,
      values?.[rowPointers[row]! + i] ?? 1,
    ]),
  ).flat();

/** Lists of weighted edges among few nodes (so that many repeat) or many (so that rows are short), long rows included. */
const lists = fc.integer({ min: 1, max: 60 }).chain((nodes) =>
  fc.record({
    nodes: fc.constant(nodes),
    edges: fc.array(fc.tuple(fc.nat(nodes - 1), fc.nat(nodes - 1), fc.integer({ min: 1, max: 9 })), { maxLength: 400 }),
  }),
);

/** By a dictionary: the largest weight of each pair that is no loop. */
function merged(edges: readonly (readonly [number, number, number])[], both: boolean): number[][] {
  const weights = new Map<string, number[]>();
  const add = (a: number, b: number, weight: number) => {
    const [, , before = 0] = weights.get(`${a} ${b}`) ?? [];
    weights.set(`${a} ${b}`, [a, b, Math.max(before, weight)]);
  };
  for (const [a, b, weight] of edges) {
    if (a === b) continue;
    add(a, b, weight);
    if (both) add(b, a, weight);
  }
  return [...weights.values()].sort(([a, b], [c, d]) => a! - c! || b! - d!);
}

for (const weighted of [false, true])
  test(`rows ascend, each edge once, no loops; both ways where wanted (${weighted ? 'weighted' : 'plain'})`, () => {
    fc.assert(
      fc.property(lists, ({ nodes, edges: drawn }) => {
        const edges = drawn.map(([a, b, weight]) => [a, b, weighted ? weight : 1] as const);
        const { adjacency, duplicates, loops } = adjacencyOf({
          name: 'toy',
          nodes,
          sources: edges.map(([a]) => a),
          targets: edges.map(([, b]) => b),
          weights: weighted ? edges.map(([, , weight]) => weight) : undefined,
        });
        assert.deepEqual(edgesOf(adjacency), merged(edges, false));
        assert.equal(adjacency.entries + duplicates + loops, edges.length);
        assert.equal(loops, edges.filter(([a, b]) => a === b).length);
        assert.deepEqual(edgesOf(symmetrized(adjacency)), merged(edges, true));
      }),
      { numRuns: 150 },
    );
  });

test('edges to missing nodes and weights that are no positive numbers are refused by their place', () => {
  const refused = (targets: number[], weights: number[] | undefined, message: RegExp) =>
    assert.throws(
      () => adjacencyOf({ name: 'toy', nodes: 3, sources: [0, 1], targets, weights }),
      (error) => error instanceof KdlabError && message.test(error.message),
    );
  refused([1, 3], undefined, /edge 1 joins nodes 1 and 3, expected numbers from 0 to 2/);
  refused([1, -1], undefined, /edge 1 joins nodes 1 and -1/);
  refused([0.5, 1], undefined, /edge 0 joins nodes 0 and 0.5/);
  refused([1, 2], [1, Number.NaN], /edge 1 \(1 to 2\) weighs NaN/);
  refused([1, 2], [0, 1], /edge 0 \(0 to 1\) weighs 0/);
  refused([1], undefined, /2 sources, 1 targets/);
});
