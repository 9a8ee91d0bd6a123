import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { Ledger, type LedgerTerms } from '../../privacy/ledger';

const terms: LedgerTerms = {
  data: 'abc',
  population: 1000,
  unit: 'image',
  noiseMultiplier: 1.1,
  sampleRate: 0.1,
  noise: 'secret',
};
const STEPS = 1000;

function place(): string {
  return path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'ledger-')), 'privacy-ledger.json');
}

function run(file: string, from: number, to: number, own: LedgerTerms = terms): Ledger {
  const ledger = new Ledger(file, own, STEPS);
  ledger.resume(from);
  for (let step = from; step < to; step++) ledger.before(step);
  return ledger;
}

test('a training that is not interrupted is charged for its steps', () => {
  const file = place();
  assert.equal(run(file, 0, STEPS).spent, STEPS);
  assert.equal(new Ledger(file, terms, STEPS).spent, STEPS);
});

test('what a crash forgot is in the file already, and steps made again are charged again', () => {
  const file = place();
  // Dies after step 499; the last checkpoint was at 400.
  run(file, 0, 500);
  assert.equal(new Ledger(file, terms, STEPS).spent, 500);
  const { spent } = run(file, 400, STEPS);
  assert.equal(spent, 500 + 600);
});

test('a step is charged before it is made, at most a fiftieth of the training too early', () => {
  const file = place();
  run(file, 0, 1);
  const { spent } = new Ledger(file, terms, STEPS);
  assert.ok(spent >= 1 && spent <= 20, `${spent} charged after one step`);
});

test('with seeded noise steps made again are the same release', () => {
  const file = place();
  const seeded: LedgerTerms = { ...terms, noise: 'seeded' };
  run(file, 0, 500, seeded);
  assert.equal(run(file, 400, STEPS, seeded).spent, STEPS);
  assert.equal(run(file, 0, STEPS, seeded).spentInAll, STEPS);
});

test('a training made anew on the same data comes on top', () => {
  const file = place();
  run(file, 0, STEPS);
  const { spent, spentInAll } = run(file, 0, STEPS);
  assert.deepEqual([spent, spentInAll], [STEPS, 2 * STEPS]);
});

test('other data and other noise are refused, a damaged file too', () => {
  const file = place();
  run(file, 0, 10);
  const other = (changed: Partial<LedgerTerms>) => () => new Ledger(file, { ...terms, ...changed }, STEPS);
  assert.throws(other({ data: 'xyz' }), /the private data changed since this run began.*says abc, now it is xyz/);
  assert.throws(other({ noiseMultiplier: 0.5 }), /the noise multiplier changed.*1\.1.*0\.5/);
  assert.throws(other({ noise: 'seeded' }), /the source of noise changed/);
  assert.throws(other({ sampleRate: 0.2 }), /the sampling rate changed/);
  fs.writeFileSync(file, '{"schema": 1');
  assert.throws(other({}), /cannot be read/);
  fs.writeFileSync(file, '{"schema": 1}');
  assert.throws(other({}), /not a privacy ledger/);
});
