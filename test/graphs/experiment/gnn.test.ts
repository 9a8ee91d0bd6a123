import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import type { RawConfig } from '../../../src/config/load';
import { KdlabError } from '../../../src/core/errors';
import type { Results } from '../../../src/core/results';
import { buildPlan, execute } from '../../../src/run/execute';
import { prepare } from '../../../src/run/prepare';

const KARATE = { name: 'karate', split: { train: 4, validation: 4 } };
const NETWORK = { model: { gcn: { hidden: [8] } }, epochs: 15, learningRate: 0.05 };
const PERCEPTRON = { model: { mlp: { hidden: [8], dropout: 0 } }, epochs: 15, learningRate: 0.05 };

function config(more: Record<string, unknown> = {}): RawConfig {
  return {
    experiment: 'gnn',
    name: 'karate-test',
    description: 'A test.',
    dataset: KARATE,
    teacher: NETWORK,
    student: PERCEPTRON,
    ...more,
  } as RawConfig;
}

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-gnn-'));
test.after(() => fs.rmSync(folder, { recursive: true, force: true }));

const prepared = (raw: RawConfig) => prepare(raw, { runsDir: folder, where: 'test' });
const nothing = () => undefined;
const plan = (raw: RawConfig) => buildPlan(prepared(raw), { notify: nothing, download: false });
const silent = { note: nothing, stageStarted: nothing, step: nothing, stageEnded: nothing };
const run = async (raw: RawConfig): Promise<Results> =>
  (await execute(prepared(raw), { reporter: silent, command: 'test', download: false })).record.results!;

test('student, reference and baseline start with the same weights, the teacher with others', async () => {
  const { models } = await plan(config({ teacher: PERCEPTRON, reference: [{ glnn: {} }] }));
  const weights = (role: string) => Object.values(models[role]!.params).map((variable) => [...variable.dataSync()]);
  assert.deepEqual(weights('student'), weights('reference'));
  assert.deepEqual(weights('student'), weights('baseline'));
  assert.notDeepEqual(weights('student'), weights('teacher'));
});

test('a run says of every model how accurate, how near to the teacher and how fast it is, and of the student what it gains', async () => {
  const results = await run(config({ reference: [{ glnn: {} }] }));
  assert.deepEqual(
    results.models.map(({ role }) => role),
    ['teacher', 'student', 'reference', 'baseline'],
  );
  const [teacher, student, reference, baseline] = results.models;
  const accuracy = (model: typeof teacher) => model!.metrics.testAccuracy!.mean;
  for (const [metric, other] of [
    ['gainOverTeacher', teacher],
    ['gainOverReference', reference],
    ['gainOverBaseline', baseline],
  ] as const)
    assert.ok(Math.abs(student!.metrics[metric]!.mean - (accuracy(student) - accuracy(other))) < 1e-12, metric);
  // The plain method is the student's own here, and nothing is dropped: the two are one.
  assert.equal(student!.metrics.gainOverReference!.mean, 0);
  assert.equal(student!.fidelity!.klToTeacher!.mean, reference!.fidelity!.klToTeacher!.mean);
  assert.ok(student!.fidelity!.agreement!.mean <= 1 && student!.fidelity!.klToTeacher!.mean >= 0);
  assert.equal(student!.requests!['nodes fetched for one'], 1);
  assert.equal(student!.requests!['nodes fetched for ten'], 10);
  assert.ok(teacher!.requests!['nodes fetched for one']! > 2);
  assert.equal(results.claims.length, 2);
});

test('groups and confusion count every test node once', async () => {
  const results = await run(config());
  for (const { groups } of results.breakdowns!)
    assert.equal(
      groups.reduce((sum, { count }) => sum + count, 0),
      18,
    );
  const [confusion, scatter] = results.drawings!;
  assert.ok(confusion?.kind === 'confusion' && scatter?.kind === 'scatter');
  for (const { counts, role } of confusion.panels) {
    assert.equal(
      counts.flat().reduce((sum, count) => sum + count, 0),
      18,
    );
    const right = counts.reduce((sum, row, i) => sum + row[i]!, 0) / 18;
    assert.equal(right, results.models.find((model) => model.role === role)!.metrics.testAccuracy!.mean);
  }
  for (const { points } of scatter.panels) assert.equal(points.length, 18);
  assert.equal((await run(config({ embedding: 0 }))).drawings!.length, 1);
});

test('in production a part of the test nodes is hidden, and accuracy is the mixture of both parts', async () => {
  const results = await run(config({ unseen: 0.25 }));
  for (const { metrics } of results.models) {
    const { testAccuracy, inductiveAccuracy, transductiveAccuracy } = metrics;
    assert.equal(inductiveAccuracy!.n, 4);
    assert.equal(transductiveAccuracy!.n, 14);
    const mixed = 0.25 * inductiveAccuracy!.mean + 0.75 * transductiveAccuracy!.mean;
    assert.ok(Math.abs(testAccuracy!.mean - mixed) < 1e-12);
  }
  assert.match(results.notes.join(' '), /4 were hidden in training with all their edges/);
});

test('batches of nodes serve a student without graph; a student or a method that needs it says so before training', async () => {
  const batched = { ...PERCEPTRON, batchSize: 10 };
  const { stages } = await plan(config({ student: batched }));
  assert.deepEqual(
    stages.map(({ source }) => source.stepsPerEpoch),
    [1, 3, 1],
  );
  assert.equal(stages[1]!.steps, 45);
  assert.ok((await run(config({ student: batched }))).models.length === 3);
  const refused = (student: object, message: RegExp) =>
    assert.rejects(plan(config({ student })), (error) => error instanceof KdlabError && message.test(error.message));
  await refused({ ...NETWORK, batchSize: 10 }, /needs the graph, but the batch brings no "neighbors".*mlp/);
  await refused({ ...batched, objective: [{ krd: {} }] }, /stage "student" with batchSize.*krd needs the graph/);
});

test('what cannot be is refused by name', async () => {
  const refused = (more: Record<string, unknown>, message: RegExp) =>
    assert.rejects(plan(config(more)), (error) => error instanceof KdlabError && message.test(error.message));
  await refused({ dataset: { name: 'karate', split: { train: 17, validation: 1 } } }, /class \d has \d+ nodes/);
  await refused({ unseen: 0.01 }, /0.01 of its 18 test nodes/);
  await refused(
    { student: { ...PERCEPTRON, objective: [{ lsp: { student: 'hidden3' } }] } },
    /reads the student's "hidden3"/,
  );
  await assert.rejects(async () => plan(config({ dataset: { name: 'kora' } })), KdlabError);
});

test('a graph of one’s own, with its split; what is wrong with it is named before training', async () => {
  const write = (file: string, lines: readonly string[]) => {
    const at = path.join(folder, file);
    fs.writeFileSync(at, `${lines.join('\n')}\n`);
    return at;
  };
  const parts = ['train', 'validation', 'test'];
  const rows = Array.from(
    { length: 24 },
    (_, i) => `n${i},${i % 2 ? 'b' : 'a'},${parts[Math.floor(i / 8)]},${i % 2},${i / 24}`,
  );
  const nodes = write('nodes.csv', ['id,label,split,x,y', ...rows]);
  const edges = ['n0 n2', 'n1 n3', 'n2 n10', 'n3 n11', 'n10 n18', 'n11 n19'];
  const mine = (lines: readonly string[]) => ({ name: 'mine', files: { edges: write('edges.txt', lines), nodes } });
  const results = await run(config({ dataset: mine(edges) }));
  assert.equal(results.models[1]!.metrics.testAccuracy!.n, 8);
  assert.match(results.notes.join(' '), /16 of 24 nodes have no neighbour/);
  await assert.rejects(
    plan(config({ dataset: mine([...edges, 'n1 nobody']) })),
    (error) => error instanceof KdlabError && /edges.txt: line 7: node "nobody"/.test(error.message),
  );
});
