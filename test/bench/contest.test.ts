import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readArrays, writeArrays } from '../../bench/arrays';
import { contest, type Settings } from '../../bench/contest';
import { table } from '../../bench/table';
import type { Peer, Workload } from '../../bench/workload';

const launch = (fall: string) => ({
  command: process.execPath,
  args: [path.join(__dirname, 'contender.cjs'), fall],
  env: process.env,
  cwd: __dirname,
});

const peer = (name: string, program: string): Peer => ({ name, program, packages: [], variants: [''], goal: 1 });

const settings: Settings = {
  rounds: 3,
  threads: [1],
  ours: () => launch('0.01'),
  peer: ({ program }) => {
    if (program === 'absent') throw new Error('it cannot be installed');
    return launch(program as string);
  },
  notify: () => undefined,
};

const workload = (peers: readonly Peer[]): Workload => ({
  letter: 'x',
  title: 'falling',
  unit: 'step',
  arrays: () => ({ x: { shape: [2], values: Float32Array.of(1, 2) } }),
  start: () => () => 0,
  peers,
  agreement: { steps: 4, tolerance: 1e-6, falls: true },
});

test('a peer that does the same has a ratio and no fault', async () => {
  const [result] = await contest('w', workload([peer('same', '0.01')]), settings);
  assert.ok(result);
  assert.equal(result.fault, undefined);
  assert.ok(Math.abs(result.ratio! - 1) < 1e-9);
  assert.deepEqual([result.workload, result.peer, result.engine], ['w', 'same', 'falls by 0.01']);
  assert.ok(Math.abs(result.oursMs - 20) < 1e-9);
  if (process.platform === 'linux') assert.ok(result.oursMiB! > 10 && result.peerMiB! > 10);
});

test('other values, rising values, absent and broken peers are told', async () => {
  const peers = [peer('other', '0.02'), peer('gone', 'absent'), peer('ended', 'broken')];
  const results = await contest('w', workload(peers), settings);
  assert.match(results[0]!.fault!, /values differ at step 1: ours 0\.99, theirs 0\.98/);
  assert.notEqual(results[0]!.ratio, null);
  assert.deepEqual(
    results.slice(1).map(({ peer: name, ratio, fault }) => [name, ratio, fault]),
    [
      ['gone', null, 'it cannot be installed'],
      ['ended', null, 'ended without a word'],
    ],
  );
  assert.match(table(results), /w beside gone: it cannot be installed/);

  const [rising] = await contest('w', workload([peer('same', '-0.01')]), { ...settings, ours: () => launch('-0.01') });
  assert.match(rising!.fault!, /the loss of ours did not fall/);
});

test('arrays come back as they were written, of every type and size', () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-arrays-'));
  const arrays = {
    bytes: { shape: [3], values: Uint8Array.of(1, 2, 255) },
    'a/kernel': { shape: [1, 2], values: Float32Array.of(0.1, -3) },
    none: { shape: [0, 4], values: new Float32Array(0) },
    whole: { shape: [2], values: Int32Array.of(-1, 2 ** 31 - 1) },
  };
  writeArrays(folder, arrays);
  assert.deepEqual(readArrays(folder), arrays);
  fs.rmSync(folder, { recursive: true });
});
