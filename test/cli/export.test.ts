import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { kdlab, onlyRun, temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('cli-export');
after(() => fs.rmSync(folder, { recursive: true }));
const env = { XDG_CACHE_HOME: path.join(folder, 'cache'), KDLAB_DATA: '' };

test("kdlab export writes a finished run's student as ONNX and times it; an unfinished run is refused", async () => {
  const runsDir = path.join(folder, 'runs');
  assert.equal((await kdlab(['run', 'shapes-cnn/tiny', '--runs-dir', runsDir], { env })).code, 0);
  const run = onlyRun(runsDir);
  const file = path.join(folder, 'student.onnx');
  const exported = await kdlab(
    ['export', path.basename(run), '--to', file, '--rows', '4', '--json', '--runs-dir', runsDir],
    { env },
  );
  assert.equal(exported.code, 0, exported.stderr);
  const { bytes, inputShape, rows, latencyMs } = JSON.parse(exported.stdout);
  assert.equal(bytes, fs.statSync(file).size);
  assert.deepEqual([inputShape, rows], [[784], 4]);
  assert.ok(latencyMs.p50 > 0 && latencyMs.p50 <= latencyMs.p95);

  fs.rmSync(path.join(run, 'artifacts', 'student.onnx'));
  const record = path.join(run, 'run.json');
  fs.writeFileSync(record, fs.readFileSync(record, 'utf8').replace('"FINISHED"', '"INTERRUPTED"'));
  const refused = await kdlab(['export', run, '--to', file], { env });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /is INTERRUPTED: a student is exported once its run is finished/);
});
