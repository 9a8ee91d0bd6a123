import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { RunFolder } from '../../src/run/folder';
import { describeDelivery } from '../../src/run/mirror';
import { trackingTarget } from '../../src/run/tracking';
import type { DeliveryReport } from '../../src/track/delivery-report';
import { kdlab, metricsOf, onlyRun, start, temporaryFolder } from '../support/kdlab';
import { FakeMlflow } from '../track/fake-mlflow';

const folder = temporaryFolder('tracking');
const timeout = 120_000;
let untracked: string;

before(async () => {
  untracked = await trained('untracked', '');
});
after(() => fs.rmSync(folder, { recursive: true }));

let said = '';

/** Runs the command line with a tracking server; returns the run folder once it is seen to have ended well. */
async function trained(name: string, uri: string, ...more: string[]): Promise<string> {
  const runsDir = path.join(folder, name);
  const env = { MLFLOW_TRACKING_URI: uri, XDG_CACHE_HOME: path.join(folder, 'cache') };
  const { code, stdout, stderr } = await kdlab(['run', 'shapes-cnn/tiny', '--runs-dir', runsDir, ...more], { env });
  assert.equal(code, 0, stdout + stderr);
  said = stdout;
  return onlyRun(runsDir);
}

async function sync(run: string, uri: string): Promise<{ code: number | null; stdout: string }> {
  return kdlab(['sync', run], { env: { MLFLOW_TRACKING_URI: uri } });
}

/** What a run computed: its journal without times, and the metrics of its models. */
function computed(run: string): unknown {
  const models = new RunFolder(run)
    .read()
    .results!.models.map(({ role, metrics, fidelity }) => [role, metrics, fidelity]);
  return { models, metrics: metricsOf(run) };
}

function assertWhole(server: FakeMlflow, run: string): void {
  const stored = server.onlyRun();
  assert.deepEqual(server.metricsOf(stored), metricsOf(run));
  assert.deepEqual(
    [...stored.artifacts.keys()].sort(),
    ['run.json', ...fs.readdirSync(path.join(run, 'artifacts'))].sort(),
  );
  for (const [file, bytes] of stored.artifacts)
    assert.ok(bytes.equals(fs.readFileSync(path.join(run, file === 'run.json' ? '' : 'artifacts', file))), file);
  const { id, startedAt, endedAt } = new RunFolder(run).read();
  assert.deepEqual([stored.status, stored.startTime, stored.endTime], ['FINISHED', startedAt, endedAt]);
  assert.equal(stored.tags['kdlab.runId'], `${id}@${startedAt}`);
}

test('a live server has the whole run when it ends', { timeout }, async () => {
  const server = await new FakeMlflow().open();
  try {
    const run = await trained('live', server.uri);
    assert.ok(said.includes(`mirrored to ${server.uri}/#/experiments/1/runs/${server.onlyRun().id}`), said);
    assert.deepEqual(computed(run), computed(untracked));
    assertWhole(server, run);
  } finally {
    await server.close();
  }
});

test('a server that refuses connections: same result, a message, and sync delivers', { timeout }, async () => {
  const server = await new FakeMlflow().open();
  const { uri } = server;
  await server.close();
  const run = await trained('refusing', uri);
  assert.deepEqual(computed(run), computed(untracked));
  const points = metricsOf(run).size;
  assert.match(said, /unreachable \(ECONNREFUSED\): (\d+) metric points, 8 artifacts, .* stay queued in /);
  assert.ok(Number(/(\d+) metric points/.exec(said)![1]) > points, 'the points of the journal and the final results');
  assert.equal((await sync(run, uri)).code, 1);
  await server.open();
  try {
    const synced = await sync(run, uri);
    assert.equal(synced.code, 0, synced.stdout);
    assertWhole(server, run);
  } finally {
    await server.close();
  }
});

test('a server that hangs: same result, a message, and sync delivers', { timeout }, async () => {
  const server = await new FakeMlflow().open();
  try {
    server.trouble = () => 'hang';
    const run = await trained('hanging', server.uri);
    assert.deepEqual(computed(run), computed(untracked));
    assert.match(said, /did not answer (within|in time).*stay queued in .*deliver them with: kdlab sync /);
    server.trouble = () => undefined;
    assert.equal((await sync(run, server.uri)).code, 0);
    assertWhole(server, run);
  } finally {
    await server.close();
  }
});

test('a server that dies after taking some points: same result, and sync adds the rest once', { timeout }, async () => {
  const server = await new FakeMlflow().open();
  const { uri } = server;
  server.loseAnswer = (request) => {
    const dies = request === 'POST runs/log-batch' && server.onlyRun().metrics.length > 0;
    if (dies) void server.close();
    return dies;
  };
  const run = await trained('dying', uri);
  assert.deepEqual(computed(run), computed(untracked));
  assert.match(said, /unreachable \(E\w+|unreachable \(UND_ERR_SOCKET/);
  assert.ok(server.onlyRun().metrics.length > 0);
  server.loseAnswer = () => false;
  await server.open();
  try {
    assert.equal((await sync(run, uri)).code, 0);
    assertWhole(server, run);
  } finally {
    await server.close();
  }
});

test('a server that answers every request with an error: same result, and sync delivers', { timeout }, async () => {
  const server = await new FakeMlflow().open();
  try {
    server.trouble = () => ({ status: 500, code: 'INTERNAL_ERROR' });
    const run = await trained('failing', server.uri);
    assert.deepEqual(computed(run), computed(untracked));
    assert.match(said, /answered 500 .*stay queued in /);
    server.trouble = () => undefined;
    assert.equal((await sync(run, server.uri)).code, 0);
    assertWhole(server, run);
  } finally {
    await server.close();
  }
});

test('killed while it is mirrored and resumed: one run on the server, nothing lost, nothing twice', {
  timeout,
}, async () => {
  const server = await new FakeMlflow().open();
  try {
    const runsDir = path.join(folder, 'killed');
    const env = { MLFLOW_TRACKING_URI: server.uri, XDG_CACHE_HOME: path.join(folder, 'cache') };
    // Long enough that the server hears of the run before its end.
    const long = ['--set', 'teacher.epochs=400'];
    const undisturbed = await trained('undisturbed', '', ...long);
    // The first kill is on creating the run, whose answer never comes; the second after some points, unacknowledged.
    for (const fatal of ['POST runs/create', 'POST runs/log-batch']) {
      const { child, ended } = start(['run', 'shapes-cnn/tiny', '--runs-dir', runsDir, ...long], { env });
      server.loseAnswer = (request) =>
        request === fatal &&
        (fatal !== 'POST runs/log-batch' || server.onlyRun().metrics.length > 0) &&
        child.kill('SIGKILL');
      assert.equal((await ended).signal, 'SIGKILL');
    }
    server.loseAnswer = () => false;
    const run = onlyRun(runsDir);
    const last = await kdlab(['resume', run], { env });
    assert.equal(last.code, 0, last.stderr);
    assert.deepEqual(computed(run), computed(undisturbed));
    assert.equal((await sync(run, server.uri)).code, 0);
    assertWhole(server, run);
  } finally {
    await server.close();
  }
});

const nothingPending: DeliveryReport['pending'] = {
  run: false,
  metricPoints: 0,
  artifacts: [],
  params: false,
  tags: false,
  inputs: false,
  status: false,
  model: false,
};
const delivered = { metricPoints: 0, artifacts: 0 };

test('the message says where the run can be seen, or what is queued and how it is delivered', () => {
  const run = new RunFolder(path.resolve('runs/supervised/x-s0-1'));
  const uri = 'http://ada:secret@host:5000/';
  const runUrl = 'http://host:5000/#/experiments/1/runs/abc';
  assert.equal(
    describeDelivery({ complete: true, delivered, pending: nothingPending, rejected: [], runUrl }, uri, run),
    `mirrored to ${runUrl}`,
  );
  const pending = { ...nothingPending, metricPoints: 812, artifacts: ['a', 'b'], status: true };
  assert.equal(
    describeDelivery(
      { complete: false, delivered, pending, rejected: [], problem: 'unreachable (ECONNREFUSED)' },
      uri,
      run,
    ),
    `MLflow server http://host:5000 unreachable (ECONNREFUSED): 812 metric points, 2 artifacts and the status stay queued in ${run.path}; deliver them with: kdlab sync runs/supervised/x-s0-1`,
  );
  const rejected = ['a@b', 'c@d', 'e@f', 'g@h'].map((key) => ({ kind: 'metric', key, reason: 'name' }) as const);
  assert.equal(
    describeDelivery({ complete: true, delivered, pending: nothingPending, rejected, runUrl }, uri, run),
    `mirrored to ${runUrl}; refused by the server: metric a@b (name), metric c@d (name), metric e@f (name), 1 more in mlflow.json`,
  );
});

test('the configuration names the server before the environment does; no server is no target', () => {
  const base = { experiment: 'supervised', tracking: {} } as unknown as Parameters<typeof trackingTarget>[0];
  const before = process.env.MLFLOW_TRACKING_URI;
  try {
    process.env.MLFLOW_TRACKING_URI = '';
    assert.equal(trackingTarget(base), undefined);
    process.env.MLFLOW_TRACKING_URI = './mlruns';
    assert.match((trackingTarget(base) as { problem: string }).problem, /no http:\/\/ or https:\/\/ address/);
    process.env.MLFLOW_TRACKING_URI = 'http://environment';
    assert.deepEqual(trackingTarget(base), { uri: 'http://environment', experimentName: 'kdlab/supervised' });
    const configured = { ...base, tracking: { uri: 'http://config', experimentName: 'mine', parentRunId: 'abc' } };
    assert.deepEqual(trackingTarget(configured), { uri: 'http://config', experimentName: 'mine', parentRunId: 'abc' });
  } finally {
    if (before === undefined) delete process.env.MLFLOW_TRACKING_URI;
    else process.env.MLFLOW_TRACKING_URI = before;
  }
});
