import assert from 'node:assert/strict';
import fs from 'node:fs';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { MlflowMirror } from '../../src/track/mlflow-mirror';
import type { TrackingTarget } from '../../src/track/remote-run';
import { metricsOf, start } from '../support/kdlab';
import { FakeMlflow, type Trouble } from './fake-mlflow';
import { finished, RunOnDisk, record } from './run-on-disk';

const timeout = 120_000;
let server: FakeMlflow;
let run: RunOnDisk;

beforeEach(async () => {
  server = await new FakeMlflow().open();
  run = new RunOnDisk();
});

afterEach(async () => {
  mock.timers.reset();
  await server.close();
  run.remove();
});

function mirror(of = run, target: Partial<TrackingTarget> = {}): MlflowMirror {
  const tracking = { uri: server.uri, experimentName: 'kdlab/supervised', ...target };
  return new MlflowMirror({ folder: of.folder.path, tracking });
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(10);
}

/** Every point once, and those of each metric in the order of the journal. */
function assertWhole(of = run): void {
  const id = `${record.id}@${new Date(of.folder.read().startedAt).getTime()}`;
  const stored = [...server.runs.values()].filter(({ tags }) => tags['kdlab.runId'] === id);
  assert.equal(stored.length, 1, 'one run on the server');
  assert.deepEqual(server.metricsOf(stored[0]!), metricsOf(of.folder.path));
  const steps = stored[0]!.metrics.filter(({ key }) => key === 'student/loss').map(({ step }) => step);
  assert.deepEqual(
    steps,
    steps.toSorted((a, b) => a - b),
  );
}

const page = '<!DOCTYPE html><html><title>Sign in</title></html>';
const troubles: Record<string, [trouble: Trouble, said: RegExp]> = {
  'too many requests': [
    { status: 429, code: 'REQUEST_LIMIT_EXCEEDED', headers: { 'retry-after': '0.2' } },
    /answered 429/,
  ],
  'an internal error': [{ status: 500, code: 'INTERNAL_ERROR' }, /answered 500/],
  'a proxy without a server': [{ status: 502, text: '<html>Bad Gateway</html>' }, /answered 502 .*Bad Gateway/],
  'a login page': [{ status: 200, text: page }, /web page; is it an MLflow tracking server/],
  'a redirect to a login page': [
    { status: 302, text: '', headers: { location: 'https://login.example/' } },
    /redirects to https:\/\/login/,
  ],
  garbage: [{ status: 200, text: '\u0000\u0001{[' }, /no JSON/],
  'a page with status 400': [{ status: 400, text: page }, /answered 400/],
  'an expired token': [{ status: 401, text: 'token expired' }, /answered 401 .*MLFLOW_TRACKING_TOKEN/],
  'a cut connection': ['reset', /unreachable|failed/],
};
for (const [name, [trouble, said]] of Object.entries(troubles))
  test(`${name} in the middle of a run: all stays queued, is said, and arrives in the end`, { timeout }, async () => {
    const following = mirror();
    run.log({ loss: 1 }, 1, 3);
    following.start();
    await until(() => server.runs.size === 1 && server.onlyRun().metrics.length === 3);
    server.trouble = () => trouble;
    run.log({ loss: 2 }, 4, 3);
    run.artifact('report.html', page);
    run.set(finished);
    const report = await following.stop({ deadlineMs: 10_000 });
    assert.deepEqual([report.complete, report.pending.metricPoints, report.rejected], [false, 5, []]);
    assert.ok(report.pending.artifacts.includes('report.html'));
    assert.match(report.problem!, said);
    server.trouble = () => undefined;
    const rest = await mirror().drain();
    assert.deepEqual([rest.complete, rest.verified], [true, true]);
    assertWhole();
    assert.equal(server.onlyRun().artifacts.get('report.html')!.toString(), page);
  });

test('a drain waits as long as the server asks', { timeout }, async () => {
  run.log({ loss: 1 }, 1, 3);
  let refusals = 0;
  server.trouble = () =>
    refusals++ === 0 ? { status: 429, code: 'REQUEST_LIMIT_EXCEEDED', headers: { 'retry-after': '1' } } : undefined;
  const began = performance.now();
  assert.equal((await mirror().drain()).complete, true);
  assert.ok(performance.now() - began >= 990);
  assertWhole();
});

test('a clock that jumps backwards changes no order and loses no point', async () => {
  mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_500 });
  run.log({ loss: 1 }, 1, 3);
  mock.timers.setTime(1_600_000_000_000);
  run.log({ loss: 2 }, 4, 3);
  mock.timers.reset();
  assert.equal((await mirror().drain()).complete, true);
  assertWhole();
});

test('10,000 metrics a second arrive, while the event loop stays free', { timeout }, async () => {
  const following = mirror();
  following.start();
  const names = Array.from({ length: 100 }, (_, i) => `layer${i}/norm`);
  for (let second = 0; second < 2; second++)
    for (let step = 0; step < 100; step++) {
      const at = second * 100 + step;
      run.log({ loss: at, ...Object.fromEntries(names.map((name, i) => [name, at + i])) }, at);
      await pause(5);
    }
  run.set(finished);
  const report = await following.stop({ deadlineMs: 60_000 });
  assert.equal(report.complete, true, report.problem);
  assert.equal(server.onlyRun().metrics.length, 200 * 101 + 2);
  assertWhole();
});

test('50 runs of one process with a server that fails now and then: each whole, none twice', { timeout }, async () => {
  const runs = Array.from({ length: 50 }, (_, i) => {
    const one = new RunOnDisk();
    one.set({ ...finished, startedAt: record.startedAt + i });
    one.log({ loss: i }, 1, 40);
    return one;
  });
  try {
    let calls = 0;
    server.trouble = () => (++calls % 23 === 0 ? { status: 503, text: 'busy' } : undefined);
    server.loseAnswer = () => ++calls % 31 === 0;
    const mirrors = runs.map((one) => mirror(one));
    for (const one of mirrors) one.start();
    await Promise.all(mirrors.map((one) => one.stop({ deadlineMs: 30_000 })));
    server.trouble = () => undefined;
    server.loseAnswer = () => false;
    for (const one of runs) {
      const { complete, problem } = await mirror(one).drain();
      assert.equal(complete, true, problem);
      assertWhole(one);
    }
    assert.equal(server.runs.size, 50);
  } finally {
    for (const one of runs) one.remove();
  }
});

test('sync killed at any request and started again: nothing lost, nothing twice', { timeout }, async () => {
  run.log({ loss: 1, 'grad/norm': 2 }, 1, 1500);
  run.artifact('report.html', page);
  run.set(finished);
  const sync = () => start(['sync', run.folder.path, '--to', server.uri], { env: { MLFLOW_EXPERIMENT_NAME: '' } });
  for (const fatal of ['POST runs/create', 'POST runs/log-batch', 'PUT ']) {
    const { child, ended } = sync();
    server.loseAnswer = (request) => request.startsWith(fatal) && child.kill('SIGKILL');
    assert.equal((await ended).signal, 'SIGKILL');
  }
  server.loseAnswer = () => false;
  const { code, stdout } = await sync().ended;
  assert.equal(code, 0, stdout);
  assert.match(stdout, /read back and found the same/);
  assertWhole();
});

test('two processes that deliver one folder: one run on the server, and nothing twice', { timeout }, async () => {
  run.log({ loss: 1 }, 1, 500);
  run.set(finished);
  const both = await Promise.all([mirror(), mirror()].map((one) => one.drain()));
  const args = ['sync', run.folder.path, '--to', server.uri];
  const processes = await Promise.all([0, 1].map(() => start(args).ended));
  assert.ok(both.every(({ complete }) => complete));
  assert.deepEqual(
    processes.map(({ code }) => code),
    [0, 0],
    processes.map(({ stdout }) => stdout).join(),
  );
  assertWhole();
});

test('what the server holds otherwise is found by reading back, and sent again', async () => {
  run.log({ loss: 1, norm: Number.POSITIVE_INFINITY, odd: Number.NaN }, 1, 5);
  run.artifact('report.html', page);
  run.set(finished);
  await mirror().drain();
  const stored = server.onlyRun();
  const [gone] = stored.metrics.splice(3, 1);
  stored.rows.delete(`${gone!.key} ${gone!.value} ${gone!.timestamp} ${gone!.step}`);
  stored.rows.delete(`${gone!.key} Infinity ${gone!.timestamp} ${gone!.step}`);
  stored.artifacts.set('report.html', Buffer.from('cut'));
  stored.tags['kdlab.seed'] = '9';
  stored.status = 'RUNNING';
  stored.inputs = [];
  const report = await mirror().drain();
  assert.deepEqual([report.complete, report.verified], [true, true], report.problem);
  assert.equal(stored.metrics.length, 17);
  assert.equal(stored.artifacts.get('report.html')!.toString(), page);
  assert.deepEqual([stored.tags['kdlab.seed'], stored.status, stored.inputs.length], ['3', 'FINISHED', 1]);
});

test('points on the server that the folder has not, after metrics.jsonl was edited or lost, are said', async () => {
  run.log({ loss: 1 }, 1, 5);
  run.set(finished);
  await mirror().drain();
  const file = run.folder.metricsFile;
  const whole = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, whole.replace('"student/loss":1', '"student/loss":7'));
  const edited = await mirror().drain();
  assert.match(edited.problem!, /holds it otherwise: metric student\/loss has 1 points that the run folder has not/);
  fs.writeFileSync(file, whole);
  assert.match((await mirror().drain()).problem!, /has 1 points that the run folder has not/);
  fs.rmSync(file);
  assert.match((await mirror().drain()).problem!, /metrics\.jsonl is not in the run folder any more/);
  assert.equal(server.onlyRun().metrics.filter(({ key }) => key === 'student/loss').length, 6);
});

test('a full disk under the queue stops the delivery, not the acknowledged points', async () => {
  run.log({ loss: 1 }, 1, 5);
  await mirror().drain();
  run.log({ loss: 2 }, 6, 5);
  const blocked = mock.method(fs, 'writeFileSync', () => {
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
  });
  const report = await mirror().drain();
  blocked.mock.restore();
  assert.equal(report.complete, false);
  assert.match(report.problem!, /no space left|disk is full/);
  assert.equal((await mirror().drain()).complete, true);
  assertWhole();
});
