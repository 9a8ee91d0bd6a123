import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { MlflowMirror } from '../../src/track/mlflow-mirror';
import type { TrackingTarget } from '../../src/track/remote-run';
import { metricsOf } from '../support/kdlab';
import { FakeMlflow } from './fake-mlflow';
import { finished, RunOnDisk, record } from './run-on-disk';

let server: FakeMlflow;
let run: RunOnDisk;

beforeEach(async () => {
  server = await new FakeMlflow().open();
  run = new RunOnDisk();
});

afterEach(async () => {
  await server.close();
  run.remove();
});

function mirror(target: Partial<TrackingTarget> = {}): MlflowMirror {
  const tracking = { uri: server.uri, experimentName: 'kdlab/supervised', ...target };
  return new MlflowMirror({ folder: run.folder.path, tracking });
}

/** Waits, without a bound of its own, for something a background pass brings about. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(10);
}

const writes = () => server.requests.filter((request) => !/^GET|runs\/search/.test(request));
const refuse = (code: string, status = 400) => ({ status, code });

test('a finished run is on the server as it is in its folder', async () => {
  run.log({ loss: 0.5, 'grad/norm': 2 }, 1, 3);
  run.artifact('report.html', '<p>');
  run.artifact('plots/loss ß.svg', '<svg/>');
  run.set(finished);
  const report = await mirror().drain();
  const stored = server.onlyRun();
  assert.equal(report.complete, true);
  assert.equal(report.problem, undefined);
  assert.deepEqual(report.rejected, []);
  assert.deepEqual(report.delivered, { metricPoints: 8, artifacts: 4 });
  assert.equal(report.runUrl, `${server.uri}/#/experiments/1/runs/${stored.id}`);
  assert.deepEqual(server.metricsOf(stored), metricsOf(run.folder.path));
  assert.deepEqual(
    stored.metrics.filter(({ key }) => key.startsWith('final/')).map(({ key, value, step }) => [key, value, step]),
    [
      ['final/student/testError', 0.25, 3],
      ['final/student/agreement', 0.75, 3],
    ],
  );
  assert.equal(stored.params['student.model.mlp.hidden'], '[8,4]');
  assert.equal(stored.name, record.id);
  assert.equal(stored.startTime, record.startedAt);
  assert.equal(stored.tags['mlflow.user'], 'ada');
  assert.equal(stored.inputs[0]!.dataset.name, 'shapes');
  assert.deepEqual([...stored.artifacts.keys()].sort(), ['config.yaml', 'plots/loss ß.svg', 'report.html', 'run.json']);
  assert.equal(stored.artifacts.get('plots/loss ß.svg')!.toString(), '<svg/>');
  assert.deepEqual([stored.status, stored.endTime], ['FINISHED', 1_700_000_002_500]);
});

test('a second drain sends nothing', async () => {
  run.log({ loss: 0.5 }, 1, 3);
  run.set(finished);
  await mirror().drain();
  server.requests.length = 0;
  const report = await mirror().drain();
  assert.deepEqual(writes(), []);
  assert.deepEqual([report.complete, report.delivered.metricPoints, report.delivered.artifacts], [true, 0, 0]);
});

test('a mirror in the background follows the journal and ends with the status', { timeout: 30_000 }, async () => {
  const following = mirror();
  following.start();
  run.log({ loss: 1 }, 1, 2);
  await until(() => server.runs.size === 1 && server.onlyRun().metrics.length === 2);
  assert.equal(server.onlyRun().status, 'RUNNING');
  run.log({ loss: 2 }, 3, 2);
  run.set(finished);
  const report = await following.stop({ deadlineMs: 10_000 });
  assert.equal(report.complete, true);
  assert.equal(server.onlyRun().status, 'FINISHED');
  assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
});

test('points with NaN and infinities are delivered', async () => {
  run.log({ loss: Number.NaN, high: Number.POSITIVE_INFINITY, low: Number.NEGATIVE_INFINITY }, 1);
  await mirror().drain();
  assert.deepEqual(Object.fromEntries(server.onlyRun().metrics.map(({ key, value }) => [key, value])), {
    'student/loss': 'NaN',
    'student/high': Number.MAX_VALUE,
    'student/low': -Number.MAX_VALUE,
  });
});

test('a last line that is not whole yet waits for its rest', async () => {
  run.log({ loss: 1 }, 1);
  const whole = `${JSON.stringify({ t: 1, step: 2, metrics: { 'student/loss': 2 } })}\n`;
  fs.appendFileSync(run.folder.metricsFile, whole.slice(0, 20));
  assert.equal((await mirror().drain()).complete, true);
  assert.equal(server.onlyRun().metrics.length, 1);
  fs.appendFileSync(run.folder.metricsFile, whole.slice(20));
  await mirror().drain();
  assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
});

test('a refusing port: everything stays queued and is said to be', { timeout: 60_000 }, async () => {
  run.log({ loss: 1, norm: 2 }, 1, 5);
  run.set(finished);
  await server.close();
  const stopped = mirror();
  stopped.start();
  const report = await stopped.stop({ deadlineMs: 10_000 });
  assert.equal(report.complete, false);
  assert.match(report.problem!, /unreachable \(ECONNREFUSED\)/);
  assert.equal(report.pending.metricPoints, 12);
  assert.deepEqual(report.pending.artifacts, ['run.json', 'config.yaml']);
  assert.equal(report.runUrl, undefined);
  await server.open();
  assert.equal((await mirror().drain()).complete, true);
  assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
});

test('a hanging server is given up at the deadline', { timeout: 30_000 }, async () => {
  run.log({ loss: 1 }, 1, 5);
  server.trouble = () => 'hang';
  const hanging = mirror();
  hanging.start();
  await until(() => server.requests.length > 0);
  const report = await hanging.stop({ deadlineMs: 300 });
  assert.equal(report.complete, false);
  assert.equal(report.problem, 'did not answer within 0.3 s');
  assert.equal(report.pending.metricPoints, 5);
});

test('a server that dies in the middle and comes back has everything once', { timeout: 60_000 }, async () => {
  const cut = mirror();
  run.log({ loss: 1 }, 1, 5);
  cut.start();
  await until(() => server.runs.size === 1 && server.onlyRun().metrics.length === 5);
  await server.close();
  run.log({ loss: 2 }, 6, 5);
  run.set(finished);
  const report = await cut.stop({ deadlineMs: 10_000 });
  assert.equal(report.complete, false);
  assert.equal(report.pending.run, false);
  assert.equal(report.pending.metricPoints, 5 + 2);
  await server.open();
  const rest = await mirror().drain();
  assert.deepEqual([rest.complete, rest.delivered.metricPoints], [true, 7]);
  assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
});

for (const lost of ['POST runs/create', 'POST runs/log-batch', 'POST runs/update', 'PUT '])
  test(`an answer to ${lost} that is lost makes nothing twice`, { timeout: 30_000 }, async () => {
    run.log({ loss: 1 }, 1, 5);
    run.set(finished);
    let losses = 0;
    server.loseAnswer = (request) => request.startsWith(lost) && losses++ === 0;
    assert.equal((await mirror().drain()).complete, true);
    assert.equal(losses > 1, lost !== 'POST runs/create', 'what was not acknowledged is sent again, but no run made');
    assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
  });

test('killed before mlflow.json was written, the run is found again by its tag', async () => {
  run.log({ loss: 1 }, 1, 5);
  run.set(finished);
  await mirror().drain();
  fs.rmSync(path.join(run.folder.path, 'mlflow.json'));
  assert.equal((await mirror().drain()).complete, true);
  assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
});

test('a run made again from its start is a new run on the server', async () => {
  await mirror().drain();
  run.folder.clear();
  run.set({ startedAt: record.startedAt + 1 });
  await mirror().drain();
  assert.equal(server.runs.size, 2);
});

test('a metric that the server refuses is noted, the others arrive', async () => {
  run.log({ loss: 1, odd: 2 }, 1, 4);
  server.trouble = (_, { metrics }) =>
    (metrics as { key: string }[] | undefined)?.some(({ key }) => key === 'student/odd') === true
      ? refuse('INVALID_PARAMETER_VALUE')
      : undefined;
  const report = await mirror().drain();
  assert.equal(report.complete, true);
  assert.deepEqual(
    report.rejected.map(({ kind, key }) => [kind, key]),
    [['metric', 'student/odd']],
  );
  assert.equal(report.delivered.metricPoints, 4);
  assert.equal(server.onlyRun().metrics.length, 4);
});

test('a name that no server takes does not reach it', async () => {
  run.log({ 'acc@1': 1, loss: 2 }, 1);
  const report = await mirror().drain();
  assert.deepEqual(
    report.rejected.map(({ key }) => key),
    ['student/acc@1'],
  );
  assert.equal(server.onlyRun().metrics.length, 1);
});

test('a parameter over 6000 characters is not sent, where the server would cut it silently', async () => {
  run.set({ config: { ...record.config, note: 'x'.repeat(6001), short: 'y'.repeat(6000) } });
  const { rejected } = await mirror().drain();
  assert.deepEqual(
    rejected.map(({ kind, key }) => [kind, key]),
    [['param', 'note']],
  );
  assert.equal(server.onlyRun().params.note, undefined);
  assert.equal(server.onlyRun().params.short, 'y'.repeat(6000));
});

test('an artifact that the server refuses is noted and tried again by the next drain', async () => {
  run.artifact('report.html', 'large');
  server.trouble = (request) => (request.endsWith('report.html') ? refuse('REQUEST_LIMIT', 413) : undefined);
  const report = await mirror().drain();
  assert.deepEqual(
    report.rejected.map(({ kind, key }) => [kind, key]),
    [['artifact', 'report.html']],
  );
  assert.deepEqual([...server.onlyRun().artifacts.keys()].sort(), ['config.yaml', 'run.json']);
  server.trouble = () => undefined;
  assert.deepEqual((await mirror().drain()).rejected, []);
  assert.equal(server.onlyRun().artifacts.get('report.html')!.toString(), 'large');
});

test('refused access leaves everything queued and nothing rejected', async () => {
  run.log({ loss: 1 }, 1, 2);
  server.trouble = () => refuse('PERMISSION_DENIED', 403);
  const report = await mirror().drain();
  assert.deepEqual([report.complete, report.pending.metricPoints, report.rejected], [false, 2, []]);
  assert.match(report.problem!, /^answered 403/);
});

test('a resumed run goes on as the same run, and only files that changed are sent again', async () => {
  run.log({ loss: 1 }, 1, 2);
  run.artifact('report.html', 'first');
  run.set({ status: 'INTERRUPTED', endedAt: 1_700_000_001_000 });
  await mirror().drain();
  assert.deepEqual([server.onlyRun().status, server.onlyRun().endTime], ['KILLED', 1_700_000_001_000]);
  run.set({ status: 'RUNNING' });
  await mirror().drain();
  assert.equal(server.onlyRun().status, 'RUNNING');
  run.log({ loss: 2 }, 3, 2);
  run.artifact('report.html', 'second');
  run.set(finished);
  server.requests.length = 0;
  await mirror().drain();
  assert.deepEqual([server.onlyRun().status, server.onlyRun().endTime], ['FINISHED', 1_700_000_002_500]);
  assert.deepEqual(
    writes()
      .filter((request) => request.startsWith('PUT'))
      .map((request) => path.basename(request)),
    ['run.json', 'report.html'],
  );
  assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
});

test('another server gets everything, and the first one still has nothing pending', { timeout: 30_000 }, async () => {
  run.log({ loss: 1 }, 1, 3);
  await mirror().drain();
  const other = await new FakeMlflow().open();
  try {
    assert.equal((await mirror({ uri: other.uri }).drain()).delivered.metricPoints, 3);
    assert.deepEqual(other.metricsOf(other.onlyRun()), metricsOf(run.folder.path));
    assert.equal((await mirror().drain()).delivered.metricPoints, 0);
  } finally {
    await other.close();
  }
});

test('a password in the address is used but not stored', async () => {
  await mirror({ uri: server.uri.replace('//', '//ada:secret@') }).drain();
  assert.doesNotMatch(fs.readFileSync(path.join(run.folder.path, 'mlflow.json'), 'utf8'), /secret/);
  assert.equal(server.authorization, `Basic ${Buffer.from('ada:secret').toString('base64')}`);
});

test('a run deleted on the server is not made again behind the user’s back, and loses nothing', async () => {
  run.log({ loss: 1 }, 1, 2);
  await mirror().drain();
  server.onlyRun().lifecycle = 'deleted';
  run.log({ loss: 2 }, 3, 2);
  const report = await mirror().drain();
  assert.deepEqual([report.complete, report.pending.metricPoints, report.rejected], [false, 2, []]);
  assert.match(report.problem!, /deleted.*mlflow\.json/);
  assert.equal(server.runs.size, 1);
});

test('a run deleted while it is mirrored keeps its points queued', { timeout: 30_000 }, async () => {
  const following = mirror();
  run.log({ loss: 1 }, 1, 2);
  following.start();
  await until(() => server.runs.size === 1 && server.onlyRun().metrics.length === 2);
  server.onlyRun().lifecycle = 'deleted';
  run.log({ loss: 2 }, 3, 2);
  const report = await following.stop({ deadlineMs: 10_000 });
  assert.deepEqual([report.complete, report.pending.metricPoints, report.rejected], [false, 2, []]);
});

test('a server that was emptied gets everything again', async () => {
  run.log({ loss: 1 }, 1, 2);
  run.set(finished);
  await mirror().drain();
  server.runs.clear();
  assert.equal((await mirror().drain()).complete, true);
  assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
  assert.deepEqual([...server.onlyRun().artifacts.keys()].sort(), ['config.yaml', 'run.json']);
});

test('the run that the user names is taken over, unless it mirrors another folder', async () => {
  await mirror({ experimentName: 'elsewhere' }).drain();
  const [taken] = [...server.runs.values()];
  await mirror({ runId: taken!.id }).drain();
  assert.equal(server.runs.size, 2, 'it mirrored a run already');
  delete taken!.tags['kdlab.runId'];
  fs.rmSync(path.join(run.folder.path, 'mlflow.json'));
  run.set({ startedAt: record.startedAt + 1 });
  run.log({ loss: 1 }, 1);
  await mirror({ runId: taken!.id }).drain();
  assert.equal(server.runs.size, 2);
  assert.equal(taken!.metrics.length, 1);
  assert.equal(taken!.tags['kdlab.runId'], `${record.id}@${record.startedAt + 1}`);
});

test('a damaged mlflow.json is as none', async () => {
  run.log({ loss: 1 }, 1, 2);
  await mirror().drain();
  fs.writeFileSync(path.join(run.folder.path, 'mlflow.json'), '{"schema": 1, "targ');
  assert.equal((await mirror().drain()).complete, true);
  assert.deepEqual(server.metricsOf(server.onlyRun()), metricsOf(run.folder.path));
});

test('a run folder that cannot be read is reported, not thrown', async () => {
  fs.writeFileSync(run.folder.recordFile, '{');
  const broken = mirror();
  broken.start();
  const report = await broken.stop({ deadlineMs: 5000 });
  assert.equal(report.complete, false);
  assert.match(report.problem!, /run\.json/);
});
