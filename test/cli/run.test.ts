import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { kdlab, metricsOf, onlyRun, start, temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('cli-run');
after(() => fs.rmSync(folder, { recursive: true }));
const env = { XDG_CACHE_HOME: path.join(folder, 'cache'), KDLAB_DATA: '' };

describe('kdlab run', () => {
  test('--json prints one object last: what a script needs', async () => {
    const runsDir = path.join(folder, 'json');
    const { code, stdout, stderr } = await kdlab(['run', 'shapes-cnn/tiny', '--json', '--runs-dir', runsDir], { env });
    assert.equal(code, 0, stderr);
    const lines = stdout.trim().split('\n');
    assert.equal(lines.length, 1, 'progress goes to stderr');
    const summary = JSON.parse(lines[0]!);
    const run = onlyRun(runsDir);
    assert.equal(summary.runId, path.basename(run));
    assert.equal(summary.status, 'FINISHED');
    assert.match(summary.configHash, /^[0-9a-f]{64}$/);
    assert.ok(summary.seconds > 0);
    assert.ok(summary.parameters.teacher > summary.parameters.student);
    for (const role of ['teacher', 'student', 'baseline']) {
      const { mean, low, high, n } = summary.metrics[role].testError;
      assert.ok(low <= mean && mean <= high && n > 0, JSON.stringify(summary.metrics[role]));
    }
    for (const file of Object.values<string>(summary.artifacts)) assert.ok(fs.existsSync(file), file);
    const files = fs.readdirSync(path.join(run, 'artifacts')).sort();
    assert.deepEqual(files, [
      'baseline.safetensors',
      'config.yaml',
      'report.html',
      'results.json',
      'student.onnx',
      'student.safetensors',
      'teacher.safetensors',
    ]);
  });

  test('an identical finished run is reported, not repeated; --force trains again; a changed key is another run', async () => {
    const runsDir = path.join(folder, 'again');
    const run = (...more: string[]) =>
      kdlab(['run', 'policy-cartpole/tiny', '--json', '--runs-dir', runsDir, ...more], { env });
    const first = JSON.parse((await run()).stdout);
    const second = JSON.parse((await run()).stdout);
    assert.deepEqual([first.reused, second.reused], [false, true]);
    assert.deepEqual(second.metrics, first.metrics);
    const forced = JSON.parse((await run('--force')).stdout);
    assert.deepEqual([forced.reused, forced.runId], [false, first.runId]);
    const returns = ({ metrics }: typeof first) => metrics.student.return;
    assert.deepEqual(returns(forced), returns(first));
    const other = JSON.parse((await run('--seed', '1')).stdout);
    assert.notEqual(other.runId, first.runId);
  });

  test('piped, it prints plain lines, and the path of the report last', async () => {
    const runsDir = path.join(folder, 'lines');
    const { code, stdout } = await kdlab(['run', 'policy-cartpole/tiny', '--runs-dir', runsDir], { env });
    assert.equal(code, 0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what must not be there
    assert.doesNotMatch(stdout, /\u001b|\r/);
    const last = stdout.trim().split('\n').at(-1)!;
    assert.equal(last, `Report: ${path.join(onlyRun(runsDir), 'artifacts', 'report.html')}`);
  });

  test('--seeds runs each seed and sums up over them', async () => {
    const runsDir = path.join(folder, 'seeds');
    const { stdout } = await kdlab(
      ['run', 'policy-cartpole/tiny', '--seeds', '0,1,2', '--json', '--runs-dir', runsDir],
      { env },
    );
    const { runs, acrossSeeds } = JSON.parse(stdout);
    assert.deepEqual(
      runs.map((run: { seed: number }) => run.seed),
      [0, 1, 2],
    );
    const each = runs.map(
      (run: { metrics: Record<string, Record<string, { mean: number }>> }) => run.metrics.student!.return!.mean,
    );
    assert.ok(JSON.stringify(acrossSeeds).includes(JSON.stringify(each)), JSON.stringify(acrossSeeds));
  });
});

describe('kdlab run refuses, before anything is trained and with exit code 2,', () => {
  const refused = async (args: string[], message: RegExp, more: NodeJS.ProcessEnv = {}) => {
    const runsDir = path.join(folder, 'refused');
    const { code, stderr, stdout } = await kdlab(['run', '--runs-dir', runsDir, ...args], { env: { ...env, ...more } });
    assert.equal(code, 2, stdout + stderr);
    assert.match(stderr, message);
    assert.ok(!fs.existsSync(path.join(runsDir, 'rl')), 'a run folder was made');
  };

  test('an unknown recipe, naming the nearest', () => refused(['policy-cartpol'], /policy-cartpole/));
  test('an unknown option', () => refused(['policy-cartpole/tiny', '--sed', '1'], /--sed.*\n.*--seed/));
  test('an unknown key, naming the nearest', () =>
    refused(['policy-cartpole/tiny', '--set', 'student.learningrate=1'], /student.*learningrate.*learningRate/));
  test('all problems of a file at once, each with its path', async () => {
    const file = path.join(folder, 'wrong.yaml');
    fs.writeFileSync(
      file,
      'experiment: supervised\nname: wrong\ndescription: x\ndataset: { name: shape }\n' +
        'teacher: { model: { mlp: { hidden: [0] } }, epochs: -1 }\nstudent: { model: { mpl: {} } }\n',
    );
    await refused(
      [file],
      /dataset\.name[\s\S]*teacher\.model\.mlp\.hidden\.0[\s\S]*teacher\.epochs[\s\S]*student\.model[\s\S]*mlp/,
    );
  });
  test('data that is not there, offline: the address, the files and where to put them', () =>
    refused(['hinton-mnist/tiny', '--offline'], /https:\/\/\S+[\s\S]*train-images-idx3-ubyte[\s\S]*KDLAB_DATA/));
  test('a truncated file, by its name', async () => {
    const data = path.join(folder, 'truncated');
    fs.mkdirSync(data, { recursive: true });
    for (const part of ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'])
      fs.writeFileSync(path.join(data, `${part}-ubyte`), Buffer.from([0, 0, 8, 3, 0, 0]));
    await refused(['hinton-mnist/tiny', '--offline', '--data-dir', data], /train-images-idx3-ubyte/);
  });
  test('a folder that cannot be written', async () => {
    const file = path.join(folder, 'a-file');
    fs.writeFileSync(file, '');
    const { code, stderr } = await kdlab(['run', 'policy-cartpole/tiny', '--runs-dir', path.join(file, 'runs')], {
      env,
    });
    assert.equal(code, 2);
    assert.match(stderr, /output folder .*a-file.* cannot be written[\s\S]*--runs-dir/);
  });
});

test('a disk that fills up ends the run with the file and the remedy, and with space again it resumes to the same bits', async () => {
  const args = ['run', 'policy-cartpole/tiny', '--set', 'checkpointSeconds=0', '--runs-dir'];
  const whole = path.join(folder, 'roomy');
  assert.equal((await kdlab([...args, whole], { env })).code, 0);

  const full = path.join(folder, 'full');
  const preload = path.join(__dirname, '..', 'support', 'full-disk.cjs');
  const { ended } = start([...args, full], {
    env: { ...env, NODE_OPTIONS: `--require ${preload}`, FULL_DISK_FOLDER: full, FULL_DISK_BYTES: '300000' },
  });
  const failed = await ended;
  assert.equal(failed.code, 1, failed.stdout + failed.stderr);
  assert.match(failed.stderr, /cannot write .*full.*the disk is full; free some space and resume/);
  assert.doesNotMatch(failed.stderr, /unexpected error/);

  const resumed = await kdlab(['resume', onlyRun(full), '--json'], { env });
  assert.equal(resumed.code, 0, resumed.stderr);
  assert.deepEqual(metricsOf(onlyRun(full)), metricsOf(onlyRun(whole)));
  const weights = (run: string) => fs.readFileSync(path.join(run, 'artifacts', 'student.safetensors'));
  assert.ok(weights(onlyRun(full)).equals(weights(onlyRun(whole))));
});

test('two processes never write one run: the second is told who holds it', async () => {
  const runsDir = path.join(folder, 'locked');
  const args = ['run', 'shapes-cnn', '--runs-dir', runsDir];
  const { child, ended } = start(args, { env });
  while (!fs.existsSync(runsDir) || !fs.existsSync(path.join(runsDir, 'supervised')))
    await new Promise((resolve) => setTimeout(resolve, 20));
  const second = await kdlab(args, { env });
  child.kill('SIGKILL');
  await ended;
  assert.equal(second.code, 2, second.stderr);
  assert.match(second.stderr, new RegExp(`is being written by process ${child.pid}`));
});
