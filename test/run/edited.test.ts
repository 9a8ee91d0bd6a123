import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Journal } from '../../src/track/journal';
import { kdlab, onlyRun, start, temporaryFolder } from '../support/kdlab';
import { FakeMlflow } from '../track/fake-mlflow';

const folder = temporaryFolder('edited');
const timeout = 120_000;
const cache = temporaryFolder('edited-cache');
/** An interrupted run, so that it can be resumed. */
let run: string;

before(async () => {
  const args = ['run', 'shapes-cnn/tiny', '--runs-dir', folder, '--set', 'teacher.epochs=400', '--set', 'logEvery=1'];
  const { child, ended } = start(args, { env: { XDG_CACHE_HOME: cache } });
  const watch = setInterval(() => {
    try {
      if (fs.statSync(path.join(onlyRun(folder), 'metrics.jsonl')).size < 2000) return;
      clearInterval(watch);
      child.kill('SIGINT');
    } catch {
      // Not started yet.
    }
  }, 20);
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 130, stdout + stderr);
  run = onlyRun(folder);
});
after(() => {
  for (const made of [folder, cache]) fs.rmSync(made, { recursive: true });
});

/** Edits a file of the run, calls, and undoes the edit; nothing else of the file may have changed. */
async function edited(name: string, edit: (text: string) => string, call: () => Promise<void>): Promise<void> {
  const file = path.join(run, name);
  const whole = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, edit(whole));
  await call();
  if (name === 'metrics.jsonl') assert.equal(fs.readFileSync(file, 'utf8'), edit(whole));
  fs.writeFileSync(file, whole);
}

test('a configuration changed in run.json is not resumed, but delivered with a warning', { timeout }, async () => {
  await edited(
    'run.json',
    (text) => text.replace('"epochs": 400', '"epochs": 1'),
    async () => {
      const resumed = await kdlab(['resume', run]);
      assert.equal(resumed.code, 2);
      assert.match(resumed.stderr, /run\.json: the configuration was edited after the run began/);
      const server = await new FakeMlflow().open();
      const synced = await kdlab(['sync', run, '--to', server.uri]);
      await server.close();
      assert.equal(synced.code, 0, synced.stdout);
      assert.match(synced.stderr, /the configuration was edited/);
    },
  );
});

test('a broken line of metrics.jsonl is named; no line is lost', { timeout }, async () => {
  const broken = (text: string) => text.replace('\n', '\n{"t": 17, "st\n');
  await edited('metrics.jsonl', broken, async () => {
    const expected = /metrics\.jsonl, line 2 is no metric line .*: was it edited\?/;
    assert.throws(() => new Journal(path.join(run, 'metrics.jsonl')), expected);
    const resumed = await kdlab(['resume', run]);
    assert.equal(resumed.code, 2);
    assert.match(resumed.stderr, expected);
  });
});

test('a run without run.json is no run; one that is broken does not hide the others', { timeout }, async () => {
  const server = await new FakeMlflow().open();
  try {
    const other = path.join(path.dirname(run), 'broken');
    fs.mkdirSync(other);
    fs.writeFileSync(path.join(other, 'run.json'), '{"schema": 1');
    const all = await kdlab(['sync', '--runs-dir', folder, '--to', server.uri]);
    assert.equal(all.code, 1);
    assert.match(all.stderr, /broken: .*run\.json cannot be read as a run/);
    assert.match(all.stdout, /read back and found the same/);
    assert.equal(server.runs.size, 1);
    fs.rmSync(path.join(other, 'run.json'));
    const missing = await kdlab(['sync', other, '--runs-dir', folder, '--to', server.uri]);
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /unknown run/);
  } finally {
    await server.close();
  }
});

test('an address of an unknown scheme is refused with what to do', { timeout }, async () => {
  for (const uri of ['ftp://host', 'sqlite:///mlflow.db', './mlruns']) {
    const { code, stderr } = await kdlab(['sync', run, '--to', uri]);
    assert.equal(code, 2);
    assert.match(stderr, /is no http:\/\/ or https:\/\/ address; "kdlab mlflow" starts one here/);
  }
});
