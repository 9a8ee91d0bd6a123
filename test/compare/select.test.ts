import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { selectRuns } from '../../src/compare/select';
import { KdlabError } from '../../src/core/errors';
import { temporaryFolder } from '../support/kdlab';
import { RUNS } from './example-runs';

const runsDir = temporaryFolder('select');
after(() => fs.rmSync(runsDir, { recursive: true }));
const folders = RUNS.slice(0, 4).map(({ record }, i) => {
  const folder = path.join(runsDir, 'rl', `run-${i}`);
  fs.mkdirSync(folder, { recursive: true });
  const sweep = i < 2 ? { sweep: { id: 'one-12345678', name: 'one', trial: i } } : {};
  fs.writeFileSync(
    path.join(folder, 'run.json'),
    JSON.stringify({ ...record, id: `run-${i}`, startedAt: i, ...sweep }),
  );
  return folder;
});
const sweepFolder = path.join(runsDir, 'rl', 'sweeps', 'one-12345678');
fs.mkdirSync(sweepFolder, { recursive: true });
const children = ['run-0', 'run-1', 'run-not-begun'].map((run, seed) => ({ seed, run, status: 'FINISHED' }));
fs.writeFileSync(
  path.join(sweepFolder, 'sweep.json'),
  JSON.stringify({ schema: 1, trials: [{ number: 0, setting: {}, children }] }),
);

const chosen = (...words: string[]) => selectRuns(words, runsDir).map(({ folder }) => path.basename(folder!));
for (const [words, expected] of [
  [['run-2'], ['run-2']],
  [[folders[3]!], ['run-3']],
  [['one-12345678'], ['run-0', 'run-1']],
  [[path.join(sweepFolder, 'sweep.json')], ['run-0', 'run-1']],
  [['run-*'], ['run-0', 'run-1', 'run-2', 'run-3']],
  [['sweep=one'], ['run-0', 'run-1']],
  [['student.temperature=4'], ['run-1', 'run-3']],
  [
    ['run-3', 'run-2', 'run-3'],
    ['run-3', 'run-2'],
  ],
] as const)
  test(`${words.map((word) => path.basename(word)).join(' ')} names ${expected.join(' ')}`, () =>
    assert.deepEqual(chosen(...words), expected));

test('a word that names nothing is refused', () => {
  for (const [word, message] of [
    ['run-9', /unknown run or sweep "run-9"; did you mean "run-/],
    ['x-*', /no run in .* matches x-\*/],
    ['student.temperature=9', /matches student\.temperature=9/],
  ] as const)
    assert.throws(
      () => chosen(word),
      (error) => error instanceof KdlabError && message.test(error.message),
    );
});

test('a record edited by hand into nonsense is named', () => {
  fs.writeFileSync(path.join(sweepFolder, 'sweep.json'), '{"schema": 1');
  assert.throws(() => chosen('one-12345678'), /sweep\.json cannot be read as a sweep/);
});
