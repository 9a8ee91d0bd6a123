import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { MlflowClient } from '../../src/mlflow';
import type { SweepRecord } from '../../src/sweep/record';
import { kdlab, temporaryFolder } from '../support/kdlab';
import { type LiveServer, liveMlflow, startMlflow } from '../support/mlflow-server';

const live = liveMlflow();
const options = 'skip' in live ? { skip: live.skip } : { timeout: 240_000 };
const folder = temporaryFolder('live-sweep');
let open: LiveServer;
let client: MlflowClient;
before(async () => {
  if ('skip' in live) return;
  open = await startMlflow(live.executable);
  client = new MlflowClient({ uri: open.uri, env: {} });
});
after(async () => {
  await client?.close();
  await open?.stop();
  fs.rmSync(folder, { recursive: true });
});

const runsDir = path.join(folder, 'runs');
const env = { XDG_CACHE_HOME: path.join(folder, 'cache'), KDLAB_DATA: '' };
const record = (): SweepRecord => {
  const sweeps = path.join(runsDir, 'supervised', 'sweeps');
  return JSON.parse(fs.readFileSync(path.join(sweeps, fs.readdirSync(sweeps)[0]!, 'sweep.json'), 'utf8'));
};

/** The parent as the server has it, and the names of the runs nested under it. */
async function onServer(experiment: string) {
  const experimentId = await client.ensureExperiment(experiment);
  const all = await client.searchRuns({ experimentIds: [experimentId] });
  const [parent, ...others] = all.filter(({ tags }) => tags['kdlab.sweep'] === 'nested');
  assert.deepEqual(others, [], 'one parent');
  const children = await client.childRuns(parent!);
  return { all, parent: parent!, children: children.map(({ runName }) => runName).sort() };
}

test('runs of a sweep are nested under its own run, which holds axes, counts and the record', options, async () => {
  const file = path.join(folder, 'nested.yaml');
  fs.writeFileSync(
    file,
    'name: nested\ndescription: two rates\nbase: shapes-cnn/tiny\naxes: { student.learningRate: [0.001, 0.002] }\n' +
      'seeds: 2\nmetric: student/validationError\n',
  );
  const swept = await kdlab(['sweep', file, '--runs-dir', runsDir], { env: { ...env, MLFLOW_TRACKING_URI: open.uri } });
  assert.equal(swept.code, 0, swept.stderr);
  const { id, trials, startedAt, endedAt } = record();
  const names = trials.flatMap(({ children }) => children.map(({ run }) => run)).sort();
  const { parent, children } = await onServer('kdlab/supervised');
  assert.deepEqual(children, names);
  const { runName, status, startTime, endTime, params, metrics, tags } = await client.getRun(parent.runId);
  assert.deepEqual(
    { runName, status, startTime, endTime },
    { runName: id, status: 'FINISHED', startTime: startedAt, endTime: endedAt },
  );
  assert.equal(tags['mlflow.note.content'], 'two rates');
  assert.equal(params.seeds, '[0,1]');
  assert.ok(params['axes.student.learningRate'] !== undefined);
  const latest = Object.fromEntries(metrics.map(({ key, value }) => [key, value]));
  assert.equal(latest['runs/finished'], 4);
  assert.ok(latest['best/student/validationError']! >= 0);
  const stored = await client.listArtifacts(parent.runId);
  assert.deepEqual(
    stored.map(({ path: name }) => name),
    ['sweep.json'],
  );
});

test(
  'kdlab sync delivers a sweep in the same way to where it never was, and again without anything twice',
  options,
  async () => {
    for (let i = 0; i < 2; i++) {
      const synced = await kdlab(['sync', '--to', open.uri, '--runs-dir', runsDir], {
        env: { ...env, MLFLOW_EXPERIMENT_NAME: 'synced' },
      });
      assert.equal(synced.code, 0, synced.stderr);
      assert.match(synced.stdout, new RegExp(`sweep ${record().id}: delivered`));
    }
    const { all, children } = await onServer('synced');
    assert.equal(all.length, 5);
    assert.equal(children.length, 4);
  },
);
