import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { RawConfig } from '../../../src/config/load';
import { buildPlan, execute } from '../../../src/run/execute';
import { prepare } from '../../../src/run/prepare';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-pate-'));
test.after(() => fs.rmSync(folder, { recursive: true, force: true }));

const NETWORK = { mlp: { hidden: [8] } };

function config(name: string, more: Record<string, unknown> = {}): RawConfig {
  return {
    experiment: 'pate',
    name,
    description: 'A test.',
    research: true,
    dataset: { name: 'baskets', train: 400, public: 200 },
    teachers: { count: 4, model: NETWORK, epochs: 3, batchSize: 20 },
    aggregator: { gnmax: { sigma: 1 } },
    queries: 40,
    delta: 1e-3,
    student: { model: NETWORK, steps: 12, batchSize: 8, pseudoLabels: { threshold: 0.3, perBatch: 8 } },
    checkpointSeconds: 0,
    logEvery: 1,
    ...more,
  } as RawConfig;
}

const nothing = () => undefined;
const silent = { note: nothing, stageStarted: nothing, step: nothing, stageEnded: nothing };
const prepared = (raw: RawConfig) => prepare(raw, { runsDir: folder, where: 'test' });
const plan = (raw: RawConfig, notify: (message: string) => void = nothing) =>
  buildPlan(prepared(raw), { notify, download: false });
const run = (raw: RawConfig, interrupted: () => boolean = () => false) =>
  execute(prepared(raw), { reporter: silent, command: 'test', download: false, interrupted });
type Outcome = Awaited<ReturnType<typeof run>>;
const metricsOf = ({ record }: Outcome) => record.results!.models.find(({ role }) => role === 'student')!.metrics;

describe('the PATE experiment', () => {
  test('with the cryptographic source is interrupted and goes on with the answers it has: nothing is asked twice', async () => {
    const raw = config('secret', { research: false });
    let asked = 0;
    // The teachers take 15 steps; the student's answers are in the checkpoint of its first.
    const stopped = await run(raw, () => ++asked > 20);
    assert.equal(stopped.record.status, 'INTERRUPTED');
    const answersIn = () =>
      fs.readFileSync(path.join(folder, 'pate', stopped.record.id, 'checkpoints', 'student.safetensors'));
    const before = labelsOf(answersIn());
    const outcome = await run(raw);
    assert.equal(outcome.record.status, 'FINISHED');
    assert.deepEqual(labelsOf(answersIn()), before);
    assert.ok(outcome.record.results!.notes.some((note) => /cryptographic source/.test(note)));
  });

  test('says which ε may be told, and keeps the teachers out of the artifacts', async () => {
    const outcome = await run(config('told', { publish: { order: 4, beta: 0.05, sigma: 5 } }));
    const metrics = metricsOf(outcome);
    assert.ok(metrics['privacy/epsilon']!.mean <= metrics['privacy/epsilonDataIndependent']!.mean);
    assert.ok(metrics['privacy/epsilon']!.mean <= metrics['privacy/epsilonClassic']!.mean);
    assert.ok(metrics['privacy/epsilonPublishable']!.mean > 0);
    assert.equal(metrics['pate/answered']!.mean, 40);
    assert.match(outcome.record.results!.headline, /seeded noise: research only/);
    const artifacts = fs.readdirSync(path.join(folder, 'pate', outcome.record.id, 'artifacts'));
    assert.ok(artifacts.includes('student.safetensors'));
    assert.ok(!artifacts.some((name) => name.startsWith('teacher')));
  });

  test('Private-kNN trains no teacher', async () => {
    const { teachers: _, ...rest } = config('neighbours', {
      neighbours: { k: 5 },
      aggregator: { 'sampled-gnmax': { sigma: 1, rate: 0.2 } },
    });
    const outcome = await run(rest as RawConfig);
    assert.deepEqual(
      outcome.record.results!.models.map(({ role }) => role),
      ['student'],
    );
  });

  test('refuses before training what cannot be', async () => {
    const refused: readonly (readonly [Record<string, unknown>, RegExp])[] = [
      [{ teachers: { count: 40, model: NETWORK } }, /10 each, fewer than the 20 classes.*at most 20/s],
      [{ neighbours: { k: 5 } }, /who votes/],
      [{ aggregator: { 'sampled-gnmax': { sigma: 1, rate: 0.1 } } }, /Use gnmax or confident-gnmax/],
      [{ aggregator: { 'interactive-gnmax': {} } }, /needs a student that is trained already/],
      [
        { aggregator: { lnmax: {} }, publish: { order: 4, beta: 0.05, sigma: 5 } },
        /lnmax: no bound on the sensitivity/,
      ],
      [{ publish: { order: 20, beta: 0.05, sigma: 5 } }, /expected 1 < order < 1\/\(2·beta\) = 10/],
      [{ queries: 300 }, /expected queries ≤ public/],
    ];
    for (const [more, message] of refused) await assert.rejects(plan(config('refused', more)), message);
  });

  test('warns of a δ that protects nobody', async () => {
    const said: string[] = [];
    await plan(config('delta', { delta: 0.01 }), (message) => said.push(message));
    assert.ok(said.some((message) => /delta 0.01 is not below 1\/400/.test(message)));
  });
});

/** The answers in a checkpoint's bytes, found by the name they are kept under. */
function labelsOf(checkpoint: Buffer): number[] {
  const length = Number(checkpoint.readBigUInt64LE(0));
  const header = JSON.parse(checkpoint.subarray(8, 8 + length).toString('utf8')) as Record<
    string,
    { data_offsets?: [number, number] }
  >;
  const [, entry] = Object.entries(header).find(([name]) => name.endsWith('labels'))!;
  const [from, to] = entry.data_offsets!;
  const bytes = checkpoint.subarray(8 + length + from, 8 + length + to);
  return Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(4 * i));
}
