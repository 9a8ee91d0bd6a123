import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { MlflowClient } from '../../src/mlflow';
import type { RunRecord } from '../../src/run/record';
import { kdlab, metricsOf, temporaryFolder } from '../support/kdlab';
import { liveMlflow, startMlflow } from '../support/mlflow-server';

const live = liveMlflow();
const options = 'skip' in live ? { skip: live.skip } : { timeout: 240_000 };
const folder = temporaryFolder('live');
let server: Awaited<ReturnType<typeof startMlflow>> | undefined;

before(async () => {
  if ('executable' in live) server = await startMlflow(live.executable);
});
after(async () => {
  await server?.stop();
  fs.rmSync(folder, { recursive: true });
});

/** All that the server has of the only run of an experiment, in the form of a run folder. */
async function readBack(client: MlflowClient, experimentName: string, run: string) {
  const experimentId = await client.ensureExperiment(experimentName);
  const found = await client.searchRuns({ experimentIds: [experimentId] });
  assert.equal(found.length, 1);
  const stored = found[0]!;
  const points = new Map<string, unknown>();
  for (const { key } of stored.metrics)
    for (const { step, value, timestamp } of await client.getMetricHistory(stored.runId, key)) {
      assert.ok(!points.has(`${step} ${key}`), `${key} at step ${step} is stored twice`);
      assert.ok(timestamp > 1.7e12);
      points.set(`${step} ${key}`, value);
    }
  const files = ['run.json', ...fs.readdirSync(path.join(run, 'artifacts'))];
  const differing = [];
  for (const file of files) {
    const local = path.join(run, file === 'run.json' ? '' : 'artifacts', file);
    if (!fs.readFileSync(local).equals(await client.downloadArtifact(stored, file))) differing.push(file);
  }
  return { stored, points, differing };
}

test('a mirrored run is on a real server as it is in its folder, and syncing again adds nothing', options, async () => {
  const env = { MLFLOW_TRACKING_URI: server!.uri, XDG_CACHE_HOME: path.join(folder, 'cache') };
  const ran = await kdlab(['run', 'shapes-cnn/tiny', '--runs-dir', folder], { env });
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stdout, /mirrored to http:\/\/127\.0\.0\.1:\d+\/#\/experiments\/\d+\/runs\/[0-9a-f]{32}/);
  const run = path.join(folder, 'supervised', fs.readdirSync(path.join(folder, 'supervised'))[0]!);
  const record = JSON.parse(fs.readFileSync(path.join(run, 'run.json'), 'utf8')) as RunRecord;
  const client = new MlflowClient({ uri: server!.uri });
  try {
    const { stored, points, differing } = await readBack(client, 'kdlab/supervised', run);
    assert.deepEqual(differing, []);
    const final = [...points].filter(([key]) => key.includes(' final/'));
    const logged = new Map([...points].filter(([key]) => !key.includes(' final/')));
    assert.deepEqual(logged, metricsOf(run));
    const student = record.results!.models.find(({ role }) => role === 'student')!;
    assert.equal(final.find(([key]) => key.endsWith('final/student/testError'))![1], student.metrics.testError!.mean);
    assert.deepEqual([stored.status, stored.startTime, stored.endTime], ['FINISHED', record.startedAt, record.endedAt]);
    assert.equal(stored.runName, record.id);
    assert.equal(stored.params.seed, '0');
    assert.equal(stored.tags['kdlab.configHash'], record.configHash);
    assert.equal(stored.tags['mlflow.user'], record.user);
    for (let i = 0; i < 2; i++) {
      // Without the ledger everything is sent once more, as after a kill at the worst moment.
      if (i === 1) fs.rmSync(path.join(run, 'mlflow.json'));
      const synced = await kdlab(['sync', run], { env });
      assert.equal(synced.code, 0, synced.stdout + synced.stderr);
      const again = await readBack(client, 'kdlab/supervised', run);
      assert.equal(again.stored.runId, stored.runId);
      assert.deepEqual(again.points, points);
      assert.deepEqual(again.differing, []);
    }
  } finally {
    await client.close();
  }
});
