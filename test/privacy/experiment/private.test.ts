import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { epsilonOf } from '../../../privacy/accounting/accountant';
import type { RawConfig } from '../../../src/config/load';
import { buildPlan, execute } from '../../../src/run/execute';
import { prepare } from '../../../src/run/prepare';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-private-'));
test.after(() => fs.rmSync(folder, { recursive: true, force: true }));

const NETWORK = { model: { mlp: { hidden: [8] } }, epochs: 2, lot: 40, learningRate: 0.01 };

function config(name: string, more: Record<string, unknown> = {}): RawConfig {
  return {
    experiment: 'private',
    name,
    description: 'A test.',
    method: 'dp-sgd',
    dataset: { name: 'baskets', train: 400, public: 100 },
    privacy: { epsilon: 8, delta: 1e-3, unit: 'customer' },
    student: NETWORK,
    baseline: false,
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
const run = (raw: RawConfig, options: { interrupted?: () => boolean; force?: boolean } = {}) =>
  execute(prepared(raw), { reporter: silent, command: 'test', download: false, ...options });
/** True from the so-manyth question on. */
function after(times: number): () => boolean {
  let asked = 0;
  return () => ++asked > times;
}
const studentOf = ({ record }: Awaited<ReturnType<typeof run>>) =>
  record.results!.models.find(({ role }) => role === 'student')!;

test('the noise is the least that keeps to ε, and the results say what ε covers', async () => {
  const outcome = await run(config('plain'));
  const { metrics } = studentOf(outcome);
  const noiseMultiplier = metrics['privacy/noiseMultiplier']!.mean;
  assert.equal(
    epsilonOf([{ noiseMultiplier, sampleRate: 0.1, steps: 20 }], 1e-3).epsilon,
    metrics['privacy/epsilon']!.mean,
  );
  assert.ok(metrics['privacy/epsilon']!.mean <= 8 && metrics['privacy/epsilon']!.mean > 7.99);
  const { notes, claims } = outcome.record.results!;
  assert.match(notes[0]!, /covers one customer, added to or removed from the 400 private ones.*There is no teacher/);
  assert.match(notes.join(' '), /Not charged: the choice of settings/);
  assert.match(notes.join(' '), /came from the cryptographic source/);
  assert.equal(claims[0]!.met, true);
  const lines = fs.readFileSync(outcome.folder.metricsFile, 'utf8');
  assert.match(lines, /student\/gradientNorm/);
  assert.doesNotMatch(lines, /student\/loss/, 'the loss on private data is logged');
});

test('a run that stopped goes on where it was, and with secret noise no step is forgotten', async () => {
  const raw = config('resumed');
  assert.equal((await run(raw, { interrupted: after(5) })).record.status, 'INTERRUPTED');
  const ledger = path.join(prepared(raw).folder.path, 'privacy-ledger-student.json');
  const steps = () => JSON.parse(fs.readFileSync(ledger, 'utf8')).trainings[0].steps as number;
  assert.ok(steps() >= 1 && steps() < 20);
  // As if it had died later: these steps were made, and no checkpoint knows of them.
  const text = JSON.parse(fs.readFileSync(ledger, 'utf8'));
  fs.writeFileSync(ledger, JSON.stringify({ ...text, trainings: [{ steps: 15, until: 15 }] }));
  const { metrics } = studentOf(await run(raw));
  assert.ok(steps() > 20, `${steps()} steps charged`);
  assert.ok(metrics['privacy/epsilon']!.mean > 8);
});

test('with seeded noise a stopped run ends with the bits of one that was not', async () => {
  const weights = async (name: string, stop: boolean) => {
    const raw = config(name, { research: true });
    if (stop) assert.equal((await run(raw, { interrupted: after(14) })).record.status, 'INTERRUPTED');
    const outcome = await run(raw);
    assert.match(outcome.record.results!.headline, /seeded noise: research only/);
    assert.ok(studentOf(outcome).metrics['privacy/epsilon']!.mean <= 8);
    return fs.readFileSync(outcome.folder.artifact('student.safetensors'));
  };
  assert.deepEqual(await weights('stopped', true), await weights('whole', false));
});

test('resuming on other data or with other noise is refused', async () => {
  const raw = config('changed');
  await run(raw, { interrupted: after(10) });
  const ledger = path.join(prepared(raw).folder.path, 'privacy-ledger-student.json');
  const kept = fs.readFileSync(ledger, 'utf8');
  fs.writeFileSync(ledger, kept.replace(/"data": "./, '"data": "#'));
  await assert.rejects(run(raw), /the private data changed since this run began/);
  fs.writeFileSync(ledger, kept.replace(/"noiseMultiplier": [0-9.]+/, '"noiseMultiplier": 0.1'));
  await assert.rejects(run(raw), /the noise multiplier changed since this run began/);
});

test('training again by force on the same data is said and summed', async () => {
  const raw = config('forced');
  const first = studentOf(await run(raw)).metrics['privacy/epsilon']!.mean;
  const again = await run(raw, { force: true });
  assert.equal(studentOf(again).metrics['privacy/epsilon']!.mean, first);
  assert.match(
    again.record.results!.notes.join(' '),
    /more than one training on these data: all of them.*spent ε = 1[0-9]\./,
  );
});

test('a private teacher costs its student the same, two private trainings share ε', async () => {
  const teacher = { ...NETWORK };
  const kd = [{ kd: { temperature: 2, alpha: 1 } }];
  const fromTeacher = await run(
    config('teacher', { method: 'dp-teacher', teacher, student: { ...NETWORK, objective: kd } }),
  );
  const [taught, student] = fromTeacher.record.results!.models;
  assert.equal(taught!.metrics['privacy/epsilon']!.mean, student!.metrics['privacy/epsilon']!.mean);
  assert.match(fromTeacher.record.results!.notes[0]!, /learnt from it on public data, which costs nothing more/);
  const both = await run(config('both', { method: 'dp-both', teacher, student: { ...NETWORK, objective: kd } }));
  const { metrics } = studentOf(both);
  const noiseMultiplier = metrics['privacy/noiseMultiplier']!.mean;
  assert.equal(
    epsilonOf([{ noiseMultiplier, sampleRate: 0.1, steps: 40 }], 1e-3).epsilon,
    metrics['privacy/epsilon']!.mean,
  );
  assert.match(both.record.results!.notes[0]!, /ε covers both trainings/);
  const open = await run(config('open', { method: 'none', privacy: {} }));
  assert.equal(studentOf(open).metrics['privacy/epsilon'], undefined);
  assert.match(open.record.results!.notes[0]!, /No privacy/);
});

test('what cannot keep its promise is refused before training', async () => {
  const refused = async (more: Record<string, unknown>, message: RegExp) =>
    assert.rejects(async () => plan(config('refused', more)), message);
  await refused({ privacy: { epsilon: 0 } }, /epsilon 0: expected a finite number above 0/);
  await refused({ privacy: {} }, /name either epsilon or noiseMultiplier, found neither/);
  await refused({ privacy: { epsilon: 1, noiseMultiplier: 1 } }, /found both/);
  await refused({ privacy: { noiseMultiplier: 0 } }, /without noise no ε holds/);
  await refused({ privacy: { epsilon: 1, delta: 2 } }, /delta/);
  await refused({ method: 'dp-teacher' }, /describe it under "teacher"/);
  await refused({ teacher: { ...NETWORK, data: 'private' } }, /outside of ε; set teacher.data: public/);
  await refused({ teacher: NETWORK, dataset: { name: 'baskets', train: 400 } }, /set dataset.public/);
  await refused({ student: { ...NETWORK, lot: 500 } }, /a lot of 500 is more than the 400 private examples/);
  await refused({ method: 'dp-both', teacher: { ...NETWORK, lot: 20 } }, /give them the same lot/);
  await refused({ method: 'none' }, /method none keeps to no ε/);
  const warnings: string[] = [];
  await plan(config('warned', { privacy: { epsilon: 8, delta: 0.01 } }), (message) => warnings.push(message));
  assert.match(warnings.join(), /delta 0.01 is not below 1\/400/);
});
