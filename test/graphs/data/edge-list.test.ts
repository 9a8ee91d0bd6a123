import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { loadEdgeList, parseEdgeList } from '../../../graphs/data/edge-list';
import { KdlabError } from '../../../src/core/errors';
import { emptyFolder } from '../../data/fixture';

const NODES = `# people
id,label,split,height,weight
ann,left,train,1.5,50
bob,right,train,2,-1e2
cem,left,validation,0,0
dee,,,3,4
eva,right,test,5,6
`;
const EDGES = 'ann bob\nbob ann\n\n# a comment\ncem dee\ndee dee\n';

const parse = (edges = EDGES, nodes = NODES, directed = false) =>
  parseEdgeList('mine', {
    edges: { path: 'edges.txt', text: edges },
    nodes: { path: 'nodes.csv', text: nodes },
    source: 'here',
    directed,
  });

test('a table of nodes and a list of edges make a graph with its split', () => {
  const { graph, split, report } = parse();
  assert.deepEqual([...graph.offsets], [0, 1, 2, 3, 4, 4]);
  assert.deepEqual([...graph.targets], [1, 0, 3, 2]);
  assert.deepEqual([...graph.labels], [0, 1, 0, -1, 1]);
  assert.deepEqual([...graph.features.gather([1, 4])], [2, -100, 5, 6]);
  assert.deepEqual([[...split!.train], [...split!.validation], [...split!.test]], [[0, 1], [2], [4]]);
  const { rawEntries, duplicates, loops, mirrored, isolated } = report;
  assert.deepEqual([rawEntries, duplicates, loops, mirrored, isolated], [4, 0, 1, 1, 1]);
});

test('edges may be directed and may weigh; numbers stay classes', () => {
  const nodes = 'id\tlabel\n7\t2\n9\t0\n';
  const { graph, split } = parse('7,9,0.5\n', nodes, true);
  assert.deepEqual([...graph.targets], [1]);
  assert.deepEqual([...graph.weights!], [0.5]);
  assert.deepEqual([[...graph.labels], graph.classes, graph.features.columns, split], [[2, 0], 3, 0, undefined]);
});

test('files are read, with ends of lines of any system', (t) => {
  const folder = emptyFolder(t);
  const [edges, nodes] = [path.join(folder, 'e'), path.join(folder, 'n')];
  fs.writeFileSync(edges, EDGES.replaceAll('\n', '\r\n'));
  fs.writeFileSync(nodes, NODES.replaceAll('\n', '\r\n'));
  assert.equal(loadEdgeList('mine', { edges, nodes }).graph.digest, parse().graph.digest);
  assert.throws(() => loadEdgeList('mine', { edges: path.join(folder, 'no'), nodes }), /cannot read .*no/);
});

test('what is wrong is named with file and line', () => {
  const refused = (message: RegExp, edges = EDGES, nodes = NODES) =>
    assert.throws(
      () => parse(edges, nodes),
      (error) => error instanceof KdlabError && message.test(error.message),
    );
  refused(/edges.txt: line 2: node "zoe" is not in the table of nodes/, 'ann bob\nann zoe\n');
  refused(/edges.txt: line 2: 2 cells/, 'ann bob 1\nann cem\n');
  refused(/edge 0 \(0 to 1\) weighs NaN/, 'ann bob much\n');
  refused(/nodes.csv: line 3: feature height of node ann is "NaN"/, EDGES, NODES.replace('1.5', 'NaN'));
  refused(/nodes.csv: line 3: feature height of node ann is ""/, EDGES, NODES.replace('1.5', ''));
  refused(/feature height of node ann is "1e300"/, EDGES, NODES.replace('1.5', '1e300'));
  refused(/line 4: node ann was there before/, EDGES, NODES.replace('bob', 'ann'));
  refused(/line 3: split is "training", expected train/, EDGES, NODES.replace('train', 'training'));
  refused(/line 3: 4 cells, expected 5/, EDGES, NODES.replace('1.5,', ''));
  refused(/validation names node 2, which has no label/, EDGES, NODES.replace('cem,left', 'cem,'));
  refused(/train has no node of class 1/, EDGES, NODES.replace('bob,right,train', 'bob,right,'));
  refused(/expected id, label/, EDGES, 'name,label\na,b\n');
  refused(/lists no nodes/, EDGES, 'id,label\n');
});

test('any text is read or refused', () => {
  const piece = fc.constantFrom(
    'ann',
    'bob',
    ' ',
    ',',
    '\n',
    '0',
    '-1',
    'id',
    'label',
    'split',
    'train',
    '\0',
    '#',
    'é',
    'NaN',
  );
  const text = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, text, (edges, nodes) => {
      try {
        parse(edges, `id,label\n${nodes}`);
      } catch (error) {
        if (!(error instanceof KdlabError)) throw error;
      }
    }),
    { numRuns: 500 },
  );
});

test('a graph written out is the graph read in', () => {
  const drawn = fc.integer({ min: 1, max: 12 }).chain((count) =>
    fc.record({
      labels: fc.array(fc.integer({ min: -1, max: 3 }), { minLength: count, maxLength: count }),
      features: fc.array(
        fc.float({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        { minLength: count, maxLength: count },
      ),
      edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 30 }),
    }),
  );
  fc.assert(
    fc.property(drawn, ({ labels, features, edges }) => {
      const rows = labels.map((label, node) => `n${node},${label < 0 ? '' : label},${features[node]}`);
      const { graph, report } = parse(
        edges.map(([a, b]) => `n${a} n${b}\n`).join(''),
        ['id,label,x', ...rows].join('\n'),
      );
      assert.deepEqual([...graph.labels], labels);
      assert.deepEqual(graph.features.gather([...labels.keys()]), Float32Array.from(features));
      assert.equal(report.rawEntries, edges.length);
      for (const [a, b] of edges) assert.equal(graph.neighbors(a).includes(b), a !== b);
    }),
    { numRuns: 100 },
  );
});
