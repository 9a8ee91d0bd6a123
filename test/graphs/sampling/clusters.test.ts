import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextualBlockModel } from '../../../graphs/generators/block-model';
import type { Graph } from '../../../graphs/graph';
import { clusterBatches, partition } from '../../../graphs/sampling/clusters';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';

const rng = Rng.root(0);
const graph = contextualBlockModel({ nodes: 1200, classes: 6, degree: 12, homophily: 0.95 }, rng);

/** The share of edges that leave their part. */
const cut = ({ nodes, offsets, targets }: Graph, parts: Int32Array) => {
  let leaving = 0;
  for (let node = 0; node < nodes; node++)
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++)
      if (parts[node] !== parts[targets[edge]!]) leaving++;
  return leaving / targets.length;
};

test('parts are of one size, and far fewer edges leave them than by chance', () => {
  const parts = partition(graph.adjacency, 6, rng);
  const sizes = [0, 0, 0, 0, 0, 0];
  for (const part of parts) sizes[part]!++;
  assert.ok(
    sizes.every((size) => size <= 200 && size > 150),
    `sizes ${sizes}`,
  );
  const chance = Int32Array.from(rng.permutation(1200), (place) => place % 6);
  assert.ok(cut(graph, parts) < 0.4 * cut(graph, chance), `${cut(graph, parts)} against ${cut(graph, chance)}`);
  assert.deepEqual(partition(graph.adjacency, 6, Rng.root(0)), parts);
});

test('every node is in one batch of an epoch', () => {
  const parts = partition(graph.adjacency, 10, rng);
  const batches = clusterBatches(parts, 3, rng);
  assert.equal(batches.length, 4);
  assert.deepEqual(
    Int32Array.from(batches.flatMap((batch) => [...batch])).sort(),
    Int32Array.from(graph.labels.keys()),
  );
  for (const batch of batches) assert.deepEqual(batch.slice().sort(), batch);
  const together = new Set(batches[0]!.map((node) => parts[node]!));
  assert.equal(together.size, 3);
  assert.notDeepEqual(clusterBatches(parts, 3, Rng.root(1)), batches);
});

test('a part for each node at most', () => {
  assert.deepEqual([...partition(graph.adjacency, 1200, rng)].sort((a, b) => a - b), [...graph.labels.keys()]); // biome-ignore format: short
  for (const parts of [0, 1201, 1.5]) assert.throws(() => partition(graph.adjacency, parts, rng), KdlabError);
});
