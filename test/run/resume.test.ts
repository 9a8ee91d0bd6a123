import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { Rng } from '../../src/math/rng';
import { kdlab, metricsOf, onlyRun, start, temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('resume');
after(() => fs.rmSync(folder, { recursive: true }));

/** Every artifact and metric that must not depend on how often a run was interrupted. */
function outcome(run: string): { metrics: Map<string, unknown>; weights: Record<string, string> } {
  const artifacts = path.join(run, 'artifacts');
  const weights = Object.fromEntries(
    fs
      .readdirSync(artifacts)
      .filter((file) => file.endsWith('.safetensors'))
      .map((file) => [file, fs.readFileSync(path.join(artifacts, file)).toString('base64')]),
  );
  return { metrics: metricsOf(run), weights };
}

for (const recipe of ['shapes-cnn/tiny', 'policy-cartpole/tiny'])
  test(`${recipe}: killed at random moments and resumed, it ends with the bits of an uninterrupted run`, {
    timeout: 240_000,
  }, async () => {
    const args = (runsDir: string) => [
      'run',
      recipe,
      '--runs-dir',
      runsDir,
      '--set',
      'checkpointSeconds=0',
      '--set',
      'logEvery=1',
    ];
    const env = { XDG_CACHE_HOME: path.join(folder, 'cache') };
    const whole = path.join(folder, recipe.replace('/', '-'), 'whole');
    assert.equal((await kdlab(args(whole), { env })).code, 0);
    const expected = outcome(onlyRun(whole));
    const total = expected.metrics.size;

    const killed = path.join(folder, recipe.replace('/', '-'), 'killed');
    let kills = 0;
    for (const share of Rng.root(17).split(recipe).uniform(3, 0.05, 0.9).sort()) {
      const { child, ended } = start(args(killed), { env });
      const watch = setInterval(() => {
        try {
          if (metricsOf(onlyRun(killed)).size >= share * total) child.kill('SIGKILL');
        } catch {
          // The folder is not there yet, or the last line is half written.
        }
      }, 2);
      const { signal } = await ended;
      clearInterval(watch);
      if (signal === 'SIGKILL') kills++;
    }
    assert.ok(kills >= 2, `only ${kills} of 3 runs were killed in time`);
    const last = await kdlab(['resume', onlyRun(killed), '--json'], { env });
    assert.equal(last.code, 0, last.stderr);
    assert.doesNotMatch(last.stderr, /differ from those recorded/);
    const found = outcome(onlyRun(killed));
    assert.deepEqual(found.weights, expected.weights);
    assert.deepEqual(found.metrics, expected.metrics);
    assert.ok(Object.keys(found.weights).length >= 3);
  });

test('Ctrl-C writes a checkpoint, says how to resume, and leaves with 130', { timeout: 120_000 }, async () => {
  const runsDir = path.join(folder, 'interrupted');
  const { child, ended } = start(['run', 'shapes-cnn', '--runs-dir', runsDir, '--set', 'teacher.epochs=50']);
  const watch = setInterval(() => {
    try {
      if (metricsOf(onlyRun(runsDir)).size < 4) return;
      clearInterval(watch);
      // Twice, as where npm passes on what the terminal has sent already.
      child.kill('SIGINT');
      setImmediate(() => child.kill('SIGINT'));
    } catch {
      // Not started yet.
    }
  }, 5);
  const { code, stdout } = await ended;
  clearInterval(watch);
  const run = onlyRun(runsDir);
  assert.equal(code, 130);
  assert.ok(stdout.includes(`resume ${path.basename(run)}`), stdout);
  assert.equal(JSON.parse(fs.readFileSync(path.join(run, 'run.json'), 'utf8')).status, 'INTERRUPTED');
  assert.ok(fs.existsSync(path.join(run, 'checkpoints', 'teacher.safetensors')));
});
