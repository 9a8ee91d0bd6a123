import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { powerLaw } from '../../../graphs/generators/power-law';
import { NeighborSampler, neighborhoodGraph } from '../../../graphs/sampling/neighbors';
import { randomWalkNormalized } from '../../../graphs/transforms/normalization';
import { Rng } from '../../../src/math/rng';

const graph = powerLaw({ nodes: 300, edges: 1500 }, Rng.root(0));
const sampler = new NeighborSampler(graph.adjacency);
const seeds = fc.uniqueArray(fc.nat(graph.nodes - 1), { minLength: 1, maxLength: 20 });
const fanouts = fc.array(fc.constantFrom(0, 1, 2, 5, 40, Number.POSITIVE_INFINITY), { minLength: 1, maxLength: 3 });

test('each node draws as many different neighbours as it may and has, of its own', () => {
  fc.assert(
    fc.property(seeds, fanouts, fc.nat(1000), (start, limits, seed) => {
      const { nodes, hops, adjacency } = sampler.sample(start, { fanouts: limits }, Rng.root(seed));
      assert.deepEqual([...nodes.subarray(0, start.length)], start);
      assert.equal(new Set(nodes).size, nodes.length);
      assert.equal(hops.at(-1), nodes.length);
      assert.deepEqual([hops.length, hops[0]], [limits.length + 1, start.length]);
      const met = new Set(start);
      nodes.forEach((node, i) => {
        const hop = hops.findIndex((count) => i < count);
        const drawn = [...adjacency.columnIndices.subarray(adjacency.rowPointers[i], adjacency.rowPointers[i + 1])];
        assert.deepEqual([...new Set(drawn)].sort((a, b) => a - b), drawn); // biome-ignore format: short
        assert.equal(drawn.length, hop < limits.length ? Math.min(limits[hop]!, graph.degree(node)) : 0);
        const neighbors = graph.neighbors(node);
        for (const place of drawn) {
          assert.ok(neighbors.includes(nodes[place]!));
          met.add(nodes[place]!);
        }
      });
      // Nobody is there who was not drawn.
      assert.equal(met.size, nodes.length);
    }),
    { numRuns: 200 },
  );
});

test('one rng, one neighbourhood; batches leave nothing behind', () => {
  const draw = (seed: number) => sampler.sample([5, 17, 200], { fanouts: [3, 3] }, Rng.root(seed));
  const first = draw(1);
  assert.notDeepEqual(draw(2).nodes, first.nodes);
  assert.throws(() => sampler.sample([5, 5], { fanouts: [3] }, Rng.root(0)), /seed 5 is met twice/);
  assert.throws(() => sampler.sample([300], { fanouts: [3] }, Rng.root(0)), /seed 300 is .* no node from 0 to 299/);
  assert.deepEqual(draw(1), first);
});

test('every set of neighbours is equally probable', () => {
  const hub = Array.from({ length: graph.nodes }, (_, node) => node).find((node) => graph.degree(node) === 6)!;
  const counts = new Map<string, number>();
  const draws = 6000;
  for (let seed = 0; seed < draws; seed++) {
    const { nodes } = sampler.sample([hub], { fanouts: [2] }, Rng.root(seed));
    const key = [...nodes.subarray(1)].sort((a, b) => a - b).join();
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.equal(counts.size, 15);
  const expected = draws / 15;
  const chi = [...counts.values()].reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // The 0.999 quantile of χ² with 14 degrees of freedom.
  assert.ok(chi < 36.1, `χ² is ${chi}`);
});

test('rescaled values sum on average to the whole row', () => {
  const weights = randomWalkNormalized(graph.adjacency);
  const rescaling = new NeighborSampler(weights);
  const hub = Array.from({ length: graph.nodes }, (_, node) => node).find((node) => graph.degree(node) > 20)!;
  const sums = Array.from({ length: 50 }, (_, seed) => {
    const { adjacency } = rescaling.sample([hub], { fanouts: [4], rescale: true }, Rng.root(seed));
    return adjacency.values!.reduce((a, b) => a + b, 0);
  });
  // All weights of a row are equal here, so that every draw gives the whole.
  for (const sum of sums) assert.ok(Math.abs(sum - 1) < 1e-6);
  const plain = rescaling.sample([hub], { fanouts: [4] }, Rng.root(0)).adjacency.values!;
  assert.ok(Math.abs(plain[0]! - 1 / graph.degree(hub)) < 1e-7);
});

test('a neighbourhood as a graph has the features, labels and edges of its nodes', () => {
  const neighborhood = sampler.sample([3, 4], { fanouts: [2] }, Rng.root(0));
  const sampled = neighborhoodGraph(graph, neighborhood);
  const { nodes } = neighborhood;
  assert.deepEqual(sampled.features.gather([0, 2]), graph.features.gather([3, nodes[2]!]));
  assert.deepEqual([...sampled.labels], [...nodes].map((node) => graph.labels[node])); // biome-ignore format: short
  // Edges arrive at the seeds.
  assert.ok(sampled.targets.every((target) => target < 2));
  assert.equal(sampled.directedEdges, neighborhood.adjacency.entries);
});
