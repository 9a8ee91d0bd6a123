import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { kdlab, temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('cli-inspect');
after(() => fs.rmSync(folder, { recursive: true }));
const env = { XDG_CACHE_HOME: path.join(folder, 'cache'), KDLAB_DATA: '', KDLAB_RUNS: path.join(folder, 'runs') };
const ask = async (...args: string[]) => {
  const { code, stdout, stderr } = await kdlab(args, { env });
  assert.equal(code, 0, stderr);
  return stdout;
};

test('--help names every command and gives an example', async () => {
  const help = await ask('--help');
  for (const command of ['run', 'resume', 'list', 'check', 'doctor', 'datasets', 'report', 'sync'])
    assert.match(help, new RegExp(`^ {2}${command} `, 'm'));
  assert.match(help, /kdlab run policy-cartpole/);
});

test('no command at all is bad usage', async () => {
  const { code, stderr } = await kdlab([], { env });
  assert.equal(code, 2);
  assert.match(stderr, /Usage: kdlab/);
});

describe('kdlab list', () => {
  test('gives everything that a configuration can name, a line each', async () => {
    const all = JSON.parse(await ask('list', '--json')) as Record<string, { name: string; description: string }[]>;
    const names = (kind: string) => all[kind]!.map(({ name }) => name);
    assert.ok(names('recipes').includes('policy-cartpole') && names('recipes').includes('hinton-mnist/omit-3'));
    for (const objective of ['cross-entropy', 'kd', 'glnn', 'lsp', 'policy-kl', 'ppo'])
      assert.ok(names('objectives').includes(objective), objective);
    assert.ok(names('environments').includes('CartPole-v1'));
    for (const dataset of ['mnist', 'shapes']) assert.ok(names('datasets').includes(dataset), dataset);
    for (const [kind, entries] of Object.entries(all))
      for (const { name, description } of entries)
        assert.ok(description.length > 5 && !description.includes('\n'), `${kind} ${name}: "${description}"`);
  });

  test('takes one kind, and names the nearest to a wrong one', async () => {
    assert.match(await ask('list', 'objectives'), /^objectives\n(?: {2}.*\n)* {2}cross-entropy /);
    const { code, stderr } = await kdlab(['list', 'objective'], { env });
    assert.equal(code, 2);
    assert.match(stderr, /objectives/);
  });
});

describe('kdlab check', () => {
  test('shows the resolved plan and trains nothing', async () => {
    const plan = JSON.parse(await ask('check', 'shapes-cnn/tiny', '--set', 'student.epochs=3', '--json'));
    assert.equal(plan.config.student.epochs, 3);
    assert.deepEqual(
      plan.stages.map(({ stage }: { stage: string }) => stage),
      ['teacher', 'student', 'baseline'],
    );
    for (const { parameters, steps } of plan.stages) assert.ok(parameters > 0 && steps > 0);
    assert.ok(!fs.existsSync(env.KDLAB_RUNS), 'a run folder was made');
  });

  test('refuses what cannot be trained', async () => {
    const { code, stderr } = await kdlab(['check', 'shapes-cnn/tiny', '--set', 'student.epochs=0'], { env });
    assert.equal(code, 2);
    assert.match(stderr, /student\.epochs/);
  });
});

test('kdlab doctor names what runs, what is missing and what to do', async () => {
  const { findings } = JSON.parse(await ask('doctor', '--json')) as {
    findings: { what: string; found: string; ok: boolean; remedy?: string }[];
  };
  const of = (what: string) => findings.find((finding) => finding.what === what)!;
  for (const what of ['Node', 'engine', 'libtensorflow', 'machine', 'GPU', 'tracking', 'data folders', 'runs folder'])
    assert.ok(of(what)?.found, `nothing about ${what}`);
  assert.match(of('engine').found, /native|wasm|tensorflow/);
  assert.match(of('data: mnist').remedy!, /kdlab datasets fetch mnist/);
  const broken = findings.filter(({ ok, remedy }) => !ok && remedy === undefined);
  assert.deepEqual(broken, []);
});

test('kdlab datasets verify says what is missing, and leaves with 1', async () => {
  const { code, stdout } = await kdlab(['datasets', 'verify', 'mnist', '--data-dir', path.join(folder, 'none')], {
    env,
  });
  assert.equal(code, 1);
  assert.match(stdout, /missing {2}train-images-idx3-ubyte/);
  assert.match(await ask('datasets', 'verify', 'shapes'), /generated/);
  assert.match(await ask('datasets', 'list'), /mnist +absent/);
});
