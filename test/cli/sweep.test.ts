import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Child, SweepRecord } from '../../src/sweep/record';
import { kdlab, metricsOf, start, temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('cli-sweep');
after(() => fs.rmSync(folder, { recursive: true }));
const env = { XDG_CACHE_HOME: path.join(folder, 'cache'), KDLAB_DATA: '' };

function sweepFile(name: string, lines: string): string {
  const file = path.join(folder, `${name}.yaml`);
  fs.writeFileSync(file, `name: ${name}\nbase: shapes-cnn/tiny\n${lines}`);
  return file;
}
const sweepsIn = (runsDir: string) => path.join(runsDir, 'supervised', 'sweeps');
const recordIn = (runsDir: string): SweepRecord => {
  const [id] = fs.readdirSync(sweepsIn(runsDir));
  return JSON.parse(fs.readFileSync(path.join(sweepsIn(runsDir), id!, 'sweep.json'), 'utf8')) as SweepRecord;
};
const childrenOf = ({ trials }: SweepRecord): readonly Child[] => trials.flatMap(({ children }) => children);

describe('kdlab sweep', () => {
  const runsDir = path.join(folder, 'grid');
  const file = sweepFile(
    'grid',
    'axes: { student.learningRate: [0.001, 1.0e+30] }\nseeds: 2\nmetric: student/validationError\n',
  );
  const sweep = (...more: string[]) => kdlab(['sweep', file, '--json', '--runs-dir', runsDir, ...more], { env });

  test('--dry-run tells the plan, the runs and an estimate, and makes nothing', async () => {
    const { code, stdout, stderr } = await sweep('--dry-run');
    assert.equal(code, 0, stderr);
    const { runs, settings, finishedBefore, estimate, plan } = JSON.parse(stdout);
    assert.deepEqual([runs, settings, finishedBefore], [4, 2, 0]);
    assert.ok(estimate.secondsPerRun > 0 && /probe/.test(estimate.basis), JSON.stringify(estimate));
    assert.deepEqual(plan[1], { 'student.learningRate': 1e30 });
    assert.ok(!fs.existsSync(runsDir));
  });

  test('runs every setting with every seed; one that fails stops nothing; children know their parent', async () => {
    const { code, stdout, stderr } = await sweep();
    assert.equal(code, 1, stderr);
    const { sweepId, status, best, trials } = JSON.parse(stdout);
    assert.deepEqual([status, best], ['FINISHED', 0]);
    assert.deepEqual(
      trials.map((trial: { runs: Child[] }) => trial.runs.map((run) => run.status)),
      [
        ['FINISHED', 'FINISHED'],
        ['FAILED', 'FAILED'],
      ],
    );
    assert.match(trials[1].runs[0].error, /diverged/);
    for (const run of trials[0].runs) {
      const record = JSON.parse(fs.readFileSync(path.join(run.folder, 'run.json'), 'utf8'));
      assert.deepEqual(record.sweep, { id: sweepId, name: 'grid', trial: 0 });
      assert.equal(record.seed, run.seed);
      const logged = [...metricsOf(run.folder)].filter(([key]) => key.endsWith(' student/validationError'));
      assert.equal(run.value, logged.at(-1)![1]);
    }
  });

  test('run again, it repeats nothing: what failed stays failed, and identical runs serve other sweeps', async () => {
    const { code, stderr, stdout } = await sweep();
    assert.equal(code, 1);
    assert.doesNotMatch(stderr, /: running/);
    assert.equal(recordIn(runsDir).sessions.length, 2);
    assert.ok(JSON.parse(stdout).seconds < 30);
    const other = sweepFile('other', 'axes: { student.learningRate: [0.001] }\n');
    const again = await kdlab(['sweep', other, '--runs-dir', runsDir], { env });
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /seed 0: finished before/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what must not be there
    assert.doesNotMatch(again.stdout, /\u001b|\r/, 'plain lines where it is piped');
  });

  test('a signal stops it with a checkpoint, and --resume goes on to the same figures', async () => {
    const interruptedDir = path.join(folder, 'interrupted');
    const long = sweepFile('long', 'set: { teacher.epochs: 500 }\naxes: { student.epochs: [2] }\nseeds: [3]\n');
    const { child, ended } = start(['sweep', long, '--workers', '1', '--runs-dir', interruptedDir], { env });
    const training = () =>
      fs.existsSync(path.join(interruptedDir, 'supervised')) &&
      fs
        .readdirSync(path.join(interruptedDir, 'supervised'))
        .some((run) => fs.existsSync(path.join(interruptedDir, 'supervised', run, 'metrics.jsonl')));
    for (const deadline = Date.now() + 120_000; Date.now() < deadline && !training(); ) await pause(100);
    child.kill('SIGINT');
    const { code, stdout } = await ended;
    assert.equal(code, 130, stdout);
    const stopped = recordIn(interruptedDir);
    assert.equal(stopped.status, 'INTERRUPTED');
    assert.deepEqual(
      childrenOf(stopped).map(({ status }) => status),
      ['INTERRUPTED'],
    );
    assert.match(stdout, new RegExp(`sweep --resume ${stopped.id}`));
    const run = path.join(interruptedDir, 'supervised', childrenOf(stopped)[0]!.run);
    assert.ok(fs.existsSync(path.join(run, 'checkpoints', 'teacher.safetensors')));
    const resumed = await kdlab(['sweep', '--resume', stopped.id, '--json', '--runs-dir', interruptedDir], { env });
    assert.equal(resumed.code, 0, resumed.stderr);
    assert.equal(recordIn(interruptedDir).status, 'FINISHED');
    assert.ok(metricsOf(run).size > 0, 'and no point twice');
  });

  test('a run over its memory is ended, and says so', async () => {
    const small = sweepFile('small', 'seeds: [0]\n');
    const memoryDir = path.join(folder, 'memory');
    const { code, stdout } = await kdlab(['sweep', small, '--memory', '60', '--json', '--runs-dir', memoryDir], {
      env,
    });
    assert.equal(code, 1);
    assert.match(JSON.parse(stdout).trials[0].runs[0].error, /--memory/);
  });

  test('asha halts most runs early and finishes the best', async () => {
    const haltDir = path.join(folder, 'asha');
    const halving = sweepFile(
      'halving',
      'axes: { student.learningRate: { log: [0.0001, 0.01] } }\nmetric: student/validationError\n' +
        'strategy: { asha: { trials: 2, eta: 2, rungs: 2 } }\n',
    );
    const { code, stderr } = await kdlab(['sweep', halving, '--json', '--runs-dir', haltDir], { env });
    assert.equal(code, 0, stderr);
    const children = childrenOf(recordIn(haltDir));
    assert.deepEqual(children.map(({ status }) => status).sort(), ['FINISHED', 'PAUSED']);
    const [halted, finished] = ['PAUSED', 'FINISHED'].map(
      (status) => children.find((child) => child.status === status)!,
    );
    assert.ok(finished!.rungs![0]! <= halted!.rungs![0]!);
    assert.equal(finished!.rungs!.length, 2);
    const steps = [...metricsOf(path.join(haltDir, 'supervised', halted!.run)).keys()]
      .filter((key) => key.includes(' student/'))
      .map((key) => Number(key.split(' ')[0]));
    assert.equal(Math.max(...steps), 20, 'half of the student’s 40 steps');
  });
});

describe('kdlab sweep refuses, with exit code 2 and nothing made,', () => {
  const refused = async (args: readonly string[], message: RegExp) => {
    const runsDir = path.join(folder, 'refused');
    const { code, stderr, stdout } = await kdlab(['sweep', ...args, '--runs-dir', runsDir], { env });
    assert.equal(code, 2, stdout + stderr);
    assert.match(stderr, message);
    assert.ok(!fs.existsSync(runsDir));
  };
  test('an axis that names no key, with the nearest', () =>
    refused([sweepFile('axis', 'axes: { student.learningrate: [1] }\n')], /did you mean "student\.learningRate"/));
  test('a sweep that does not exist', () => refused(['--resume', 'gone-12345678'], /unknown sweep "gone-12345678"/));
  test('more workers than cores', () =>
    refused([sweepFile('many', ''), '--workers', '9999'], /more than the \d+ cores/));
});
