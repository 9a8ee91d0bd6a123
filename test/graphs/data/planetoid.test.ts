import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type PlanetoidPart, parsePlanetoid } from '../../../graphs/data/planetoid';
import { loadGraph } from '../../../graphs/data/registry';
import { graphStatistics } from '../../../graphs/data/statistics';
import { KdlabError } from '../../../src/core/errors';
import { realData, unlessReal } from '../../data/real-data';
import { adjacencyLists, csr, oneHot, whole } from './pickles';

/** One training node and 501 others before three test nodes 502, 505, 503; node 504 is in no list. */
const BEFORE = 502;
const PARTS: Record<PlanetoidPart, Buffer> = {
  x: whole(csr([[1, 0]])),
  y: whole(oneHot([0], 1)),
  allx: whole(csr(Array.from({ length: BEFORE }, (_, node) => [node % 3, 1]))),
  ally: whole(oneHot(new Array(BEFORE).fill(0), 1)),
  tx: whole(csr([[7, 0], [8, 0], [9, 0]])), // biome-ignore format: rows
  ty: whole(oneHot([0, 0, 0], 1)),
  testIndex: Buffer.from('502\n505\n503\n'),
  // 0-1 is listed twice, 0-0 is a loop, 504-0 in one direction only.
  graph: whole(adjacencyLists([[1, 1, 0], [0], ...Array.from({ length: BEFORE }, () => []), [0]])), // biome-ignore format: lists
};

function parse(changed: Partial<Record<PlanetoidPart, Buffer>> = {}) {
  const files = Object.entries({ ...PARTS, ...changed }).map(([part, bytes]) => [part, { path: part, bytes }]);
  return parsePlanetoid('toy', Object.fromEntries(files));
}

test('rows of tx go to the nodes that test.index names; a node that it leaves out is empty', () => {
  const { graph, split } = parse();
  assert.equal(graph.nodes, 506);
  assert.deepEqual([...graph.features.gather([502, 503, 504, 505])], [7, 0, 9, 0, 0, 0, 8, 0]);
  assert.deepEqual([...graph.labels.subarray(502)], [0, 0, -1, 0]);
  assert.deepEqual([split!.train.length, split!.validation.length, [...split!.test]], [1, 500, [502, 503, 505]]);
});

test('the report states what was merged, dropped and added', () => {
  const { graph, report } = parse();
  assert.deepEqual([...graph.neighbors(0)], [1, 504]);
  const { rawEntries, duplicates, loops, mirrored, isolated, components } = report;
  assert.deepEqual([rawEntries, duplicates, loops, mirrored, isolated], [5, 1, 1, 1, 503]);
  assert.equal(components, 504);
});

test('files that do not fit each other are refused', () => {
  const refused = (changed: Partial<Record<PlanetoidPart, Buffer>>, message: RegExp) =>
    assert.throws(() => parse(changed), (error) => error instanceof KdlabError && message.test(error.message)); // biome-ignore format: one thought
  refused({ testIndex: Buffer.from('503\n504\n505\n') }, /smallest node is not 502/);
  refused({ testIndex: Buffer.from('502\n502\n503\n') }, /names a node twice/);
  refused({ testIndex: Buffer.from('502\n999999999\n503\n') }, /go up to 999999999/);
  refused({ testIndex: Buffer.from('502\nx\n503\n') }, /"x", expected node numbers/);
  refused({ tx: whole(csr([[1, 2]])) }, /1 rows and 3 labels for 3 test nodes/);
  refused({ tx: whole(csr([[1], [2], [3]])) }, /1 features, but allx has 2/);
  refused({ ty: whole(csr([[1], [2], [3]])) }, /PickledMatrix, expected an array/);
  refused({ ty: whole(oneHot([0, 0, 0], 2)) }, /classes/);
  refused({ graph: whole(adjacencyLists([[600]])) }, /joins nodes 0 and 600, expected numbers from 0 to 505/);
  refused({ tx: whole(csr([[Number.NaN, 0], [1, 0], [1, 0]])) }, /feature 0 of node 502 is NaN/); // biome-ignore format: rows
});

test('a changed byte in any file gives a graph or a KdlabError', () => {
  const parts = Object.keys(PARTS).filter((part) => !part.startsWith('all')) as PlanetoidPart[];
  fc.assert(
    fc.property(
      fc.constantFrom(...parts),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.nat(255),
      (part, at, byte) => {
        const bytes = Buffer.from(PARTS[part]);
        bytes[Math.floor(at * (bytes.length - 1))] = byte;
        try {
          parse({ [part]: bytes });
        } catch (error) {
          if (!(error instanceof KdlabError)) throw error;
        }
      },
    ),
    { numRuns: 300 },
  );
});

const FOLDER = 'planetoid/ind.cora.x';
const load = (name: string) => loadGraph(name, { dataDir: realData(FOLDER)!, download: false });

test('Cora has the published figures', { skip: unlessReal(FOLDER) }, async () => {
  const { graph, split, report } = await load('cora');
  const { normalizedAdjacency, edgeHomophily, ...counts } = graphStatistics(graph);
  assert.deepEqual(counts, {
    nodes: 2708,
    directedEdges: 10556,
    features: 1433,
    featureNonZeros: 49216,
    classes: 7,
    classCounts: [351, 217, 418, 818, 426, 298, 180],
    components: 78,
    maxDegree: 168,
  });
  assert.equal(edgeHomophily!.toFixed(4), '0.8100');
  // By scipy in float64.
  assert.equal(normalizedAdjacency.nonZeros, 13264);
  assert.ok(Math.abs(normalizedAdjacency.sum - 2505.33927) < 1e-4);
  assert.ok(Math.abs(normalizedAdjacency.frobenius - 24.883454) < 1e-5);
  assert.deepEqual([report.rawEntries, report.duplicates, report.loops, report.mirrored], [10858, 302, 0, 0]);
  assert.deepEqual([split!.train.length, split!.validation.length, split!.test.length], [140, 500, 1000]);
  assert.equal(split!.hash, (await load('cora')).split!.hash);
});

test('CiteSeer keeps its fifteen empty nodes and its isolated ones', { skip: unlessReal(FOLDER) }, async () => {
  const { graph, split, report } = await load('citeseer');
  assert.deepEqual([graph.nodes, graph.directedEdges, report.isolated, report.loops], [3327, 9104, 48, 248]);
  const empty = [...graph.labels.keys()].filter((node) => graph.labels[node]! < 0);
  assert.deepEqual([empty.length, empty[0], empty[14]], [15, 2407, 3309]);
  assert.ok(empty.every((node) => graph.degree(node) > 0 && graph.degree(node) < 3));
  assert.equal(split!.test.length, 1000);
});
