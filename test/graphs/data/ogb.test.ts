import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { columnsOf, readNumbers } from '../../../graphs/data/number-stream';
import { loadGraph } from '../../../graphs/data/registry';
import { KdlabError } from '../../../src/core/errors';
import { emptyFolder } from '../../data/fixture';

async function rowsOf(t: TestContext, text: string, columns: number, name = 'numbers.csv'): Promise<number[][]> {
  const file = path.join(emptyFolder(t), name);
  fs.writeFileSync(file, name.endsWith('.gz') ? gzipSync(text) : text);
  const rows: number[][] = [];
  assert.equal(await readNumbers(file, columns, (values) => rows.push([...values])), rows.length);
  return rows;
}

test('numbers of all common forms', async (t) => {
  const text = '1,-2.5\n+0.001, 1e3\r\n-1.5E-2,.5\n\n7.,123456789012345678\n-0.057942,0';
  const expected = [[1, -2.5], [0.001, 1000], [-0.015, 0.5], [7, 123456789012345000], [-0.057942, 0]]; // biome-ignore format: rows
  assert.deepEqual(await rowsOf(t, text, 2), expected);
  assert.deepEqual(await rowsOf(t, text, 2, 'numbers.csv.gz'), expected);
});

test('a number written by JavaScript is read as the same float32', async (t) => {
  const file = path.join(emptyFolder(t), 'numbers.csv');
  const numbers = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(numbers, async (values) => {
      fs.writeFileSync(file, values.map((value) => `${value}\n`).join(''));
      const found: number[] = [];
      await readNumbers(file, 1, ([value]) => found.push(value!));
      values.forEach((value, i) => {
        assert.ok(Math.abs(found[i]! - value) <= 1e-14 * Math.abs(value), `${value} is read as ${found[i]}`);
      });
    }),
    { numRuns: 60 },
  );
});

test('what is no number is named with its line', async (t) => {
  for (const [text, message] of [
    ['1,2\n3,nan\n', /line 2: "n" in number 2/],
    ['1,2\n3\n', /line 2: 1 numbers, expected 2/],
    ['1,2,3\n', /line 1: more than 2 numbers/],
    ['1,\n', /line 1: number 2 is missing/],
    ['1 2,3\n', /line 1: "2" in number 1/],
    ['1-2,3\n', /line 1: "-" in number 1/],
    ['1e999,3\n', /number 1 is too large/],
    ['--1,3\n', /"-" in number 1/],
  ] as const)
    await assert.rejects(rowsOf(t, text, 2), (error) => error instanceof KdlabError && message.test(error.message));
});

test('a file that is cut off or missing is named', async (t) => {
  const file = path.join(emptyFolder(t), 'numbers.csv.gz');
  fs.writeFileSync(file, gzipSync('1,2\n'.repeat(1000)).subarray(0, 40));
  await assert.rejects(
    readNumbers(file, 2, () => undefined),
    /cannot read .*numbers.csv.gz/,
  );
  await assert.rejects(
    readNumbers(`${file}.no`, 2, () => undefined),
    /cannot read .*ENOENT/,
  );
  await assert.rejects(columnsOf(`${file}.no`), /cannot read .*ENOENT/);
});

/** Five nodes, three citations, two classes of forty. */
const FILES: Record<string, string> = {
  'raw/num-node-list': '5\n',
  'raw/num-edge-list': '4\n',
  'raw/edge': '0,1\n1,2\n1,0\n3,3\n',
  'raw/node-feat': '0.1,1\n0.2,2\n0.3,3\n0.4,4\n0.5,-5e-1\n',
  'raw/node-label': [...new Array(5).keys()].map((node) => `${node}\n`).join(''),
  'split/time/train': [...new Array(3).keys()].map((node) => `${node}\n`).join(''),
  'split/time/valid': '3\n',
  'split/time/test': '4\n',
};

function arxiv(t: TestContext, changed: Record<string, string> = {}): string {
  const folder = emptyFolder(t);
  for (const [name, text] of Object.entries({ ...FILES, ...changed })) {
    const file = path.join(folder, 'ogbn_arxiv', `${name}.csv.gz`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, gzipSync(text));
  }
  return folder;
}

/** A training set with all forty classes. */
const ALL = {
  'raw/num-node-list': '42\n',
  'raw/node-label': [...new Array(42).keys()].map((node) => `${node % 40}\n`).join(''),
  'raw/node-feat': [...new Array(42).keys()].map((node) => `${node / 10},${-node}\n`).join(''),
  'split/time/train': [...new Array(40).keys()].map((node) => `${node}\n`).join(''),
  'split/time/valid': '40\n',
  'split/time/test': '41\n',
};

test('edges, labels, split; features in a file that is made once', async (t) => {
  const dataDir = arxiv(t, ALL);
  const messages: string[] = [];
  const load = () => loadGraph('ogbn-arxiv', { dataDir, notify: (message) => messages.push(message) });
  const { graph, split, report } = await load();
  assert.deepEqual([graph.nodes, graph.classes, graph.features.kind], [42, 40, 'stored']);
  assert.deepEqual([...graph.targets], [1, 0, 2, 1]);
  assert.deepEqual([report.rawEntries, report.loops, report.mirrored, report.isolated], [4, 1, 1, 39]);
  assert.deepEqual([...graph.features.gather([41, 3])], [4.1, -41, 0.3, -3].map(Math.fround));
  assert.deepEqual([split!.name, split!.train.length, [...split!.test]], ['ogb time', 40, [41]]);
  assert.ok(messages.some((message) => message.includes('converting the features')));
  messages.length = 0;
  assert.equal((await load()).graph.digest, graph.digest);
  assert.ok(!messages.some((message) => message.includes('converting')));
});

test('files that do not fit each other are refused', async (t) => {
  const refused = (changed: Record<string, string>, message: RegExp) =>
    assert.rejects(
      loadGraph('ogbn-arxiv', { dataDir: arxiv(t, { ...ALL, ...changed }) }),
      (error) => error instanceof KdlabError && message.test(error.message),
    );
  await refused({ 'raw/num-edge-list': '5\n' }, /4 edges, but num-edge-list states 5/);
  await refused({ 'raw/edge': '0,1\n1,2\n1,0\n3,42\n' }, /joins nodes 3 and 42/);
  await refused({ 'raw/edge': '0,1\n1,4294967298\n1,0\n3,3\n' }, /line 2: an edge from 1 to 4294967298/);
  await refused({ 'raw/node-label': '1\n' }, /1 labels, but there are 42 nodes/);
  await refused({ 'raw/node-feat': FILES['raw/node-feat']! }, /features of 5 nodes, but num-node-list states 42/);
  await refused({ 'split/time/test': '0\n' }, /node 0 is in train and in test/);
  await refused({ 'split/time/train': '0\n' }, /train has no node of class 1, 2/);
  await assert.rejects(loadGraph('ogbn-products', { dataDir: emptyFolder(t) }), /Get http:.*products.zip/);
});
