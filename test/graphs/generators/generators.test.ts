import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadGraph } from '../../../graphs/data/registry';
import { ACADEMIC_RELATIONS, academic } from '../../../graphs/generators/academic';
import { blockModel, contextualBlockModel } from '../../../graphs/generators/block-model';
import { powerLaw } from '../../../graphs/generators/power-law';
import type { Graph } from '../../../graphs/graph';
import { subgraph } from '../../../graphs/transforms/components';
import { edgeHomophily } from '../../../graphs/transforms/homophily';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';
import type { Csr } from '../../../src/sparse/csr';
import { emptyFolder } from '../../data/fixture';

const rng = Rng.root(0);
const degree = ({ directedEdges, nodes }: Graph) => directedEdges / nodes;

test('edges between blocks are as many as their probabilities say', () => {
  const graph = blockModel({ blocks: [200, 300], probabilities: [[0.1, 0.02], [0.02, 0.3]] }, rng); // biome-ignore format: rows
  const counts = [[0, 0], [0, 0]]; // biome-ignore format: rows
  for (let node = 0; node < graph.nodes; node++)
    for (const other of graph.neighbors(node)) counts[graph.labels[node]!]![graph.labels[other]!]!++;
  // Directed counts: mean and four standard deviations of 2 · Binomial.
  const near = (found: number, pairs: number, p: number) =>
    assert.ok(Math.abs(found / 2 - pairs * p) < 4 * Math.sqrt(pairs * p * (1 - p)), `${found / 2} of ${pairs}`);
  near(counts[0]![0]!, (200 * 199) / 2, 0.1);
  near(counts[1]![1]!, (300 * 299) / 2, 0.3);
  near(2 * counts[0]![1]!, 200 * 300, 0.02);
  assert.equal(counts[0]![1], counts[1]![0]);
});

test('certain and impossible edges', () => {
  const graph = blockModel({ blocks: [3, 2], probabilities: [[1, 0], [0, 1]] }, rng); // biome-ignore format: rows
  assert.deepEqual([...graph.targets], [1, 2, 0, 2, 0, 1, 4, 3]);
  const across = blockModel({ blocks: [2, 1], probabilities: [[0, 1], [1, 0]] }, rng); // biome-ignore format: rows
  assert.deepEqual([...across.targets], [2, 2, 0, 1]);
});

for (const homophily of [0.1, 0.5, 0.9]) {
  test(`a contextual block model of degree 12 and homophily ${homophily}`, () => {
    const graph = contextualBlockModel({ nodes: 3000, classes: 5, degree: 12, homophily }, rng);
    assert.ok(Math.abs(degree(graph) - 12) < 0.3, `degree ${degree(graph)}`);
    assert.ok(Math.abs(edgeHomophily(graph) - homophily) < 0.02, `homophily ${edgeHomophily(graph)}`);
  });

  test(`a power law of homophily ${homophily} has hubs and its edges`, () => {
    const graph = powerLaw({ nodes: 4000, edges: 20_000, classes: 7, homophily }, rng);
    assert.ok(Math.abs(edgeHomophily(graph) - homophily) < 0.02, `homophily ${edgeHomophily(graph)}`);
    assert.ok(graph.directedEdges > 0.93 * 40_000 && graph.directedEdges <= 40_000, `${graph.directedEdges} edges`);
    const degrees = Array.from({ length: graph.nodes }, (_, node) => graph.degree(node)).sort((a, b) => b - a);
    assert.ok(degrees[0]! > 8 * degree(graph), `largest degree ${degrees[0]}`);
    assert.ok(degrees[0]! < 1.3 * Math.sqrt(40_000), `largest degree ${degrees[0]}`);
    assert.ok(degrees[2000]! < degree(graph), 'most nodes have less than the mean');
  });
}

test('degrees of a power law fall with the exponent asked for', () => {
  const graph = powerLaw({ nodes: 50_000, edges: 250_000, exponent: 2.5 }, rng);
  const share = (least: number) =>
    Array.from({ length: graph.nodes }, (_, node) => graph.degree(node)).filter((d) => d >= least).length;
  // P(degree ≥ d) goes as d^(1 − exponent): from 20 to 80 it falls by 4^1.5 = 8.
  const ratio = share(20) / share(80);
  assert.ok(ratio > 5.5 && ratio < 11, `falls by ${ratio}`);
});

test('the means of the classes stand apart as asked, the noise has deviation one', () => {
  const graph = contextualBlockModel({ nodes: 8000, classes: 2, features: 8, separation: 3 }, rng);
  const mean = (label: number) => {
    const nodes = [...graph.labels.keys()].filter((node) => graph.labels[node] === label);
    const values = graph.features.gather(nodes);
    return Array.from(
      { length: 8 },
      (_, i) => nodes.reduce((sum, _, row) => sum + values[row * 8 + i]!, 0) / nodes.length,
    );
  };
  for (const label of [0, 1]) assert.ok(Math.abs(Math.hypot(...mean(label)) - 3) < 0.1);
  const center = mean(0);
  const rows = graph.features.gather([...graph.labels.keys()].filter((node) => graph.labels[node] === 0));
  const variance = rows.reduce((sum, value, i) => sum + (value - center[i % 8]!) ** 2, 0) / rows.length;
  assert.ok(Math.abs(variance - 1) < 0.03, `variance ${variance}`);
});

test('features in a file are those in memory', (t) => {
  const file = path.join(emptyFolder(t), 'features.bin');
  const options = { nodes: 5000, edges: 10_000, features: 3 };
  const [held, stored] = [powerLaw(options, rng), powerLaw(options, rng, file)];
  assert.equal(stored.features.kind, 'stored');
  const nodes = [4999, 0, 1, 2, 4095, 4096, 17];
  assert.deepEqual(stored.features.gather(nodes), held.features.gather(nodes));
  assert.equal(stored.digest, held.digest);
  fs.truncateSync(file, 100);
  assert.throws(() => stored.features.gather([4000]), /ends within row 4000/);
});

test('one seed, one graph', () => {
  const digest = (seed: number) => powerLaw({}, Rng.root(seed)).digest;
  assert.equal(digest(1), digest(1));
  assert.notEqual(digest(1), digest(2));
});

test('what cannot be is refused', async () => {
  assert.throws(() => contextualBlockModel({ nodes: 20, classes: 4, degree: 15 }, rng), /no room for a degree of 15/);
  assert.throws(() => blockModel({ blocks: [2, 2], probabilities: [[1]] }, rng), KdlabError);
  await assert.rejects(loadGraph('csbm', { generate: { homophily: 2 } }), /contextual-block-model: homophily: /);
  await assert.rejects(loadGraph('csbm', { generate: { homofily: 0.2 } }), /did you mean "homophily"/);
  await assert.rejects(loadGraph('power'), /did you mean "power-law"/);
});

test('academic: relations and their reverses, features of papers alone, fields as the shares say', () => {
  const options = { papers: 400, authors: 100, venues: 20, fields: 4, faithful: 0.9, fitting: 0.5, related: 0 };
  const graph = academic(options, Rng.root(1));
  const { relations, labels, adjacency } = graph;
  assert.equal(graph.nodes, 520);
  assert.equal(relations!.length, ACADEMIC_RELATIONS.length);
  for (let r = 0; r < 6; r += 2)
    assert.deepEqual(relations![r]!.transpose().matrix.columnIndices, relations![r + 1]!.columnIndices);
  // Every edge is in the graph, and the graph has no other.
  const pairs = new Set<string>();
  for (const { rows, rowPointers, columnIndices } of relations!)
    for (let u = 0; u < rows; u++)
      for (let e = rowPointers[u]!; e < rowPointers[u + 1]!; e++) pairs.add(`${u} ${columnIndices[e]}`);
  assert.equal(pairs.size, adjacency.entries);
  assert.ok([...labels.subarray(400)].every((label) => label === -1));
  const field = (node: number) => (node < 400 ? labels[node]! : (node < 500 ? node - 400 : node - 500) % 4);
  const agreeing = ({ rowPointers, columnIndices }: Csr) => {
    let [same, all] = [0, 0];
    for (let u = 0; u < 520; u++)
      for (let e = rowPointers[u]!; e < rowPointers[u + 1]!; e++, all++)
        if (field(u) === field(columnIndices[e]!)) same++;
    return same / all;
  };
  // Of those that are not faithful a quarter are of the field by chance.
  for (const [relation, chance] of [
    [0, 0.925],
    [2, 0.625],
    [4, 0.25],
  ] as const)
    assert.ok(Math.abs(agreeing(relations![relation]!) - chance) < 0.06, `relation ${relation}`);
  const rows = (node: number) => [...graph.features.gather([node])];
  assert.deepEqual(rows(0).slice(-3), [1, 0, 0]);
  assert.deepEqual(rows(450), [...new Array(32).fill(0), 0, 1, 0]);
  assert.throws(() => academic({ venues: 2 }, Rng.root(1)), KdlabError);
  assert.equal(academic(options, Rng.root(1)).digest, graph.digest);
  const inner = subgraph(graph, Int32Array.from([0, 1, 2, 3, 4]));
  assert.equal(inner.relations!.length, 6);
  assert.ok(inner.relations!.every(({ rows, columns }) => rows === 5 && columns === 5));
  assert.notEqual(graph.with({ relations: relations!.slice(0, 2) }).digest, graph.digest);
});
