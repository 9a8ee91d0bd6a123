import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Filter, MlflowClient, MlflowError } from '../../src/mlflow';
import type { MetricLine, RunRecord } from '../../src/run/record';
import { MlflowMirror } from '../../src/track/mlflow-mirror';
import { inputsOf, paramsOf, tagsOf } from '../../src/track/run-contents';
import { kdlab, onlyRun, start, temporaryFolder } from '../support/kdlab';
import { ADMIN, type LiveServer, liveMlflow, startMlflow } from '../support/mlflow-server';
import { RunOnDisk } from './run-on-disk';

const live = liveMlflow();
const executable = 'executable' in live ? live.executable : '';
const options = 'skip' in live ? { skip: live.skip } : { timeout: 240_000 };
const folder = temporaryFolder('live');
let open: LiveServer;
let client: MlflowClient;
/** A run of the command line, mirrored while it trained. */
let run: string;
let remoteId: string;

before(async () => {
  if ('skip' in live) return;
  open = await startMlflow(executable);
  client = new MlflowClient({ uri: open.uri, env: {} });
});
after(async () => {
  await client?.close();
  await open?.stop();
  fs.rmSync(folder, { recursive: true });
});

/** What MLflow's own client reads of a run. */
async function readBack(uri: string, id: string, registered: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const python = path.join(path.dirname(executable), 'python');
  const { stdout } = await promisify(execFile)(python, [path.join(__dirname, 'read_back.py'), uri, id, ...registered], {
    env: { ...process.env, MLFLOW_TRACKING_URI: '', ...env },
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as {
    status: string;
    name: string;
    start: number;
    end: number;
    params: Record<string, string>;
    tags: Record<string, string>;
    metrics: Record<string, [step: number, time: number, value: string][]>;
    inputs: { name: string; digest: string; source: string }[];
    artifacts: Record<string, string>;
    model?: { version: string; run: string; files: Record<string, string> };
  };
}

const readRecord = (at: string) => JSON.parse(fs.readFileSync(path.join(at, 'run.json'), 'utf8')) as RunRecord;

/** Points of a run folder's journals by metric, as numbers. */
function journal(at: string): Record<string, [number, number, number][]> {
  const points: Record<string, [number, number, number][]> = {};
  for (const file of ['metrics.jsonl', 'system.jsonl'].filter((name) => fs.existsSync(path.join(at, name))))
    for (const line of fs.readFileSync(path.join(at, file), 'utf8').trim().split('\n').filter(Boolean)) {
      const { t, step, metrics } = JSON.parse(line) as MetricLine;
      for (const [key, value] of Object.entries(metrics)) {
        points[key] ??= [];
        points[key].push([step, t, Number(value)]);
      }
    }
  return points;
}

function hashes(at: string): Record<string, string> {
  const sha = (file: string) => createHash('sha256').update(fs.readFileSync(file)).digest('hex');
  const artifacts = path.join(at, 'artifacts');
  const names = fs.readdirSync(artifacts).map((name) => [name, sha(path.join(artifacts, name))]);
  return Object.fromEntries([...names, ['run.json', sha(path.join(at, 'run.json'))]]);
}

/** Python writes numbers otherwise, and SQL stores keep the largest number for infinity. */
const asStored = (value: number) => Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
const fromPython = (text: string) => (text === 'nan' ? Number.NaN : Number(text));

function assertSame(there: Awaited<ReturnType<typeof readBack>>, at: string): void {
  const record = readRecord(at);
  const here = journal(at);
  for (const [key, points] of Object.entries(here))
    assert.deepEqual(
      there.metrics[key]?.map(([step, time, value]) => [step, time, fromPython(value)]),
      points.map(([step, time, value]) => [step, time, asStored(value)]),
      key,
    );
  const others = Object.keys(there.metrics).filter((key) => !(key in here));
  assert.deepEqual(
    others.filter((key) => !key.startsWith('final/')),
    [],
  );
  assert.deepEqual(there.params, paramsOf(record.config));
  for (const [key, value] of Object.entries(tagsOf(record, undefined))) assert.equal(there.tags[key], value, key);
  assert.deepEqual(there.artifacts, hashes(at));
  assert.deepEqual(
    there.inputs.map(({ name, digest, source }) => ({ name, digest, source })),
    inputsOf(record).map(({ name, digest, source }) => ({ name, digest, source })),
  );
  assert.deepEqual([there.name, there.start, there.end], [record.id, record.startedAt, record.endedAt]);
}

test('what MLflow’s own client reads of a mirrored run is what the run folder holds', options, async () => {
  const runsDir = path.join(folder, 'runs');
  const env = { MLFLOW_TRACKING_URI: open.uri, XDG_CACHE_HOME: path.join(folder, 'cache') };
  const settings = ['tracking.register=shapes-student', 'tracking.systemMetricsSeconds=0.2'];
  const ran = await kdlab(
    ['run', 'shapes-cnn/tiny', '--runs-dir', runsDir, ...settings.flatMap((set) => ['--set', set])],
    { env },
  );
  assert.equal(ran.code, 0, ran.stderr);
  run = onlyRun(runsDir);
  // A busy machine may keep the server from taking all before the run ends; what is queued then goes with `sync`.
  assert.match(ran.stdout, /mirrored to http|stay queued in/);
  const synced = await kdlab(['sync', run], { env });
  assert.equal(synced.code, 0, synced.stdout + synced.stderr);
  const said =
    /mirrored to http:\/\/127\.0\.0\.1:\d+\/#\/experiments\/\d+\/runs\/([0-9a-f]{32}), read back and found the same, registered as shapes-student version 1/.exec(
      synced.stdout,
    );
  assert.ok(said !== null, synced.stdout);
  remoteId = said[1]!;
  const there = await readBack(open.uri, remoteId, ['shapes-student', 'newest']);
  assertSame(there, run);
  assert.equal(there.status, 'FINISHED');
  assert.ok(there.metrics['system/cpu_utilization_percentage']!.length > 0);
  const student = readRecord(run).results!.models.find(({ role }) => role === 'student')!;
  const error = there.metrics['final/student/testError']!;
  assert.equal(fromPython(error[0]![2]), student.metrics.testError!.mean);
  const { artifacts } = there;
  const files = ['config.yaml', 'results.json', 'student.safetensors'].map((name) => [name, artifacts[name]]);
  assert.deepEqual(there.model, { version: '1', run: remoteId, files: Object.fromEntries(files) });
});

test('syncing again, with the ledger or as after a kill at the worst moment, adds nothing', options, async () => {
  const before = await readBack(open.uri, remoteId);
  fs.rmSync(path.join(run, 'mlflow.json'));
  const synced = await kdlab(['sync', run, '--to', open.uri]);
  assert.equal(synced.code, 0, synced.stdout + synced.stderr);
  assert.match(synced.stdout, /read back and found the same, registered as shapes-student version 1/);
  assert.deepEqual(await readBack(open.uri, remoteId), before);
});

test(
  'sync is killed while a real server takes the points, and goes on: nothing lost, nothing twice',
  options,
  async () => {
    const large = new RunOnDisk();
    try {
      large.log({ loss: 0.5, norm: Number.NaN, high: Number.POSITIVE_INFINITY }, 1, 6000);
      large.set({ status: 'FINISHED', endedAt: 1_700_000_002_500 });
      const at = large.folder.path;
      const { child, ended } = start(['sync', at, '--to', open.uri]);
      const acknowledged = () => /"metricsOffset": [1-9]/.test(readIfThere(path.join(at, 'mlflow.json')));
      const watch = setInterval(() => acknowledged() && child.kill('SIGKILL'), 5);
      assert.equal((await ended).signal, 'SIGKILL');
      clearInterval(watch);
      const tracking = { uri: open.uri, experimentName: 'kdlab/supervised' };
      const report = await new MlflowMirror({ folder: at, tracking }).drain();
      assert.deepEqual([report.complete, report.verified], [true, true], report.problem);
      const id = /runs\/([0-9a-f]{32})/.exec(report.runUrl!)![1]!;
      assertSame(await readBack(open.uri, id), at);
    } finally {
      large.remove();
    }
  },
);

function readIfThere(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}

test('with basic authentication: without a password all is queued and said, with it delivered', options, async () => {
  // A small run: this server takes a quarter of a second to check the password of each call.
  const small = new RunOnDisk();
  const { uri, stop } = await startMlflow(executable, { auth: true });
  try {
    small.log({ loss: 0.5 }, 1, 20);
    small.artifact('report.html', '<p>');
    small.set({ status: 'FINISHED', endedAt: 1_700_000_002_500 });
    const at = small.folder.path;
    const tracking = { uri, experimentName: 'kdlab/supervised' };
    const refused = await new MlflowMirror({ folder: at, tracking }).drain();
    assert.equal(refused.pending.run, true);
    assert.match(refused.problem!, /answered 401 .*MLFLOW_TRACKING_USERNAME/);
    const env = { MLFLOW_TRACKING_USERNAME: ADMIN.username, MLFLOW_TRACKING_PASSWORD: ADMIN.password };
    const synced = await kdlab(['sync', at, '--to', uri], { env });
    assert.equal(synced.code, 0, synced.stdout);
    assertSame(await readBack(uri, runIdIn(synced.stdout), [], env), at);
  } finally {
    await stop();
    small.remove();
  }
});

test('artifacts in a folder that client and server share', options, async () => {
  const { uri, stop } = await startMlflow(executable, { shared: true });
  try {
    const tracking = { uri, experimentName: 'kdlab/supervised' };
    const report = await new MlflowMirror({ folder: run, tracking }).drain();
    assert.deepEqual([report.complete, report.verified], [true, true], report.problem);
    assertSame(await readBack(uri, runIdIn(report.runUrl!)), run);
  } finally {
    await stop();
  }
});

function runIdIn(text: string): string {
  return /runs\/([0-9a-f]{32})/.exec(text)![1]!;
}

test('experiments, nested runs, filters, parts and the registry on the newest server', options, async () => {
  assert.match(await client.serverVersion(), /^\d+\.\d+/);
  const experimentId = await client.createExperiment('client', { team: 'kd' });
  await assert.rejects(client.createExperiment('client'), { code: 'RESOURCE_ALREADY_EXISTS' });
  await client.deleteExperiment(experimentId);
  const deleted = await client.searchExperiments({ viewType: 'DELETED_ONLY' });
  assert.deepEqual(
    deleted.map(({ name }) => name),
    ['client'],
  );
  assert.equal(await client.ensureExperiment('client'), experimentId);
  const parent = await client.createRun({ experimentId, startTime: 1_700_000_000_000, runName: 'parent' });
  const children = [];
  for (const i of [1, 2]) {
    const startTime = 1_700_000_000_000 + i;
    children.push(
      await client.createRun({ experimentId, startTime, runName: `child ${i}`, parentRunId: parent.runId }),
    );
  }
  assert.deepEqual(
    (await client.childRuns(parent)).map(({ runId }) => runId),
    children.map(({ runId }) => runId),
  );
  const timestamp = 1_700_000_000_000;
  const [first, second] = children;
  await client.logBatch(first!.runId, {
    metrics: [{ key: 'val/acc', value: 0.9, timestamp, step: 1 }],
    params: { 'a b': "it's" },
  });
  await client.logBatch(second!.runId, { metrics: [{ key: 'val/acc', value: 0.5, timestamp, step: 1 }] });
  const found = async (filter: Filter) =>
    (await client.searchRuns({ experimentIds: [experimentId], filter })).map(({ runName }) => runName).sort();
  assert.deepEqual(await found(Filter.metric('val/acc', '>', 0.7)), ['child 1']);
  assert.deepEqual(await found(Filter.metric('val/acc', '<=', 0.9).and(Filter.attribute('run_name', 'LIKE', '%2'))), [
    'child 2',
  ]);
  assert.deepEqual(await found(Filter.param('a b', '=', "it's")), ['child 1']);
  assert.deepEqual(await found(Filter.has('tags', 'mlflow.parentRunId', false)), ['parent']);
  assert.deepEqual(await found(Filter.runIds([parent.runId])), ['parent']);
  await client.deleteRun(second!.runId);
  const gone = await client.searchRuns({ experimentIds: [experimentId], viewType: 'DELETED_ONLY' });
  assert.deepEqual(
    gone.map(({ runName }) => runName),
    ['child 2'],
  );
  await client.restoreRun(second!.runId);
  // A local artifact root takes no parts: the file goes whole.
  const parts = new MlflowClient({ uri: open.uri, env: {}, multipart: { fromBytes: 1000, partBytes: 400 } });
  const content = Buffer.alloc(5000, 'é');
  await parts.uploadArtifact(parent, 'größe/ä b.bin', content);
  await parts.close();
  assert.ok((await client.downloadArtifact(parent, 'größe/ä b.bin')).equals(content));
  assert.deepEqual(await client.listArtifacts(parent.runId, 'größe'), [
    { path: 'größe/ä b.bin', isDirectory: false, size: 5000 },
  ]);
  const { registry } = client;
  await registry.ensureModel('m');
  await registry.setModelTag('m', 'kind', 'student');
  const version = await registry.createVersion({ name: 'm', source: parent.artifactUri, runId: parent.runId });
  await registry.setVersionTag('m', version.version, 'k', 'v');
  await registry.setAlias('m', 'champion', version.version);
  assert.equal((await registry.getVersionByAlias('m', 'champion'))!.runId, parent.runId);
  assert.equal(await registry.getVersionByAlias('m', 'nobody'), undefined);
  assert.deepEqual((await registry.getModel('m'))!.tags, { kind: 'student' });
  await registry.deleteModel('m');
  await assert.rejects(client.getRun('0'.repeat(32)), (error) => error instanceof MlflowError && error.status === 404);
});

const chromium = process.env.KDLAB_CHROMIUM ?? '/usr/bin/chromium';

test('MLflow’s user interface shows the run, its charts and its artifacts', options, async () => {
  const { chromium: browserType } = await import('playwright-core');
  const browser = await browserType.launch({ executablePath: chromium, args: ['--no-sandbox'] });
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1000 } });
    const { experimentId } = await client.getRun(remoteId);
    const address = `${open.uri}/#/experiments/${experimentId}/runs/${remoteId}`;
    const shows = async (tab: string, text: string, alsoSelector?: string): Promise<void> => {
      await page.goto(`${address}${tab}`);
      await page.getByText(text).first().waitFor({ timeout: 60_000 });
      if (alsoSelector !== undefined)
        await page.locator(alsoSelector).first().waitFor({ state: 'attached', timeout: 60_000 });
      const shots = process.env.KDLAB_SCREENSHOTS;
      if (shots !== undefined) await page.screenshot({ path: path.join(shots, `run${tab.replace('/', '-')}.png`) });
    };
    // What the charting library draws of a curve or a bar.
    const drawn = '.js-plotly-plot g.trace';
    await shows('', readRecord(run).id);
    await shows('', 'student.objective');
    await shows('/model-metrics', 'learningRate', drawn);
    await shows('/system-metrics', 'cpu_utilization_percentage', drawn);
    await shows('/artifacts', 'student.safetensors');
  } finally {
    await browser.close();
  }
});
