import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { points, skip } from '../privacy/accounting/golden';

const root = path.resolve(__dirname, '../..');
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-privacy-'));
after(() => fs.rmSync(folder, { recursive: true }));

function privacy(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['-r', 'ts-node/register/transpile-only', path.join(root, 'src/cli/main.ts'), 'privacy', ...words],
    { encoding: 'utf8', cwd: root, env: { ...process.env, KDLAB_RUNS: folder } },
  );
  return { status, stdout, stderr };
}

const DP_SGD = ['--noise-multiplier', '1.1', '--sample-rate', '0.004266666666666667', '--steps', '14062'];

function batch(name: string, content: unknown): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, JSON.stringify(content));
  return file;
}

describe('kdlab privacy', () => {
  test('prints one JSON object by rdp: ε, accountant, conversion, order', () => {
    const { status, stdout } = privacy('epsilon', ...DP_SGD, '--delta', '1e-5', '--json');
    assert.equal(status, 0);
    const result = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(Object.keys(result).sort(), ['accountant', 'conversion', 'epsilon', 'order']);
    assert.ok(Math.abs((result.epsilon as number) - 2.5965558697943036) < 1e-5);
    assert.deepEqual([result.accountant, result.conversion], ['rdp', 'improved']);
  });

  test('adds a lower bound by pld, and ε is not below what is published as one', () => {
    const { stdout } = privacy('epsilon', ...DP_SGD, '--delta', '1e-5', '--accountant', 'pld', '--json');
    const result = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(Object.keys(result).sort(), ['accountant', 'conversion', 'epsilon', 'epsilonLower']);
    assert.ok((result.epsilonLower as number) <= (result.epsilon as number));
    // prv_accountant 0.2.0: 2.37146 to 2.39174.
    assert.ok((result.epsilon as number) >= 2.3714555270254722 && (result.epsilon as number) <= 2.3917437241213406);
  });

  test('answers a thousand points of several mechanisms in their order', { skip }, () => {
    const some = points.filter(({ mechanisms }) => mechanisms.length > 1);
    const asked = Array.from({ length: 1000 }, (_, i) => {
      const { mechanisms, delta } = some[i % some.length]!;
      return {
        delta,
        mechanisms: mechanisms.map(([sampleRate, noiseMultiplier, steps]) => ({ sampleRate, noiseMultiplier, steps })),
      };
    });
    const { status, stdout } = privacy('epsilon', '--batch', batch('many.json', asked), '--json');
    assert.equal(status, 0);
    const results = JSON.parse(stdout) as { epsilon: number }[];
    assert.equal(results.length, 1000);
    results.forEach(({ epsilon }, i) => {
      const { rdp_dp_accounting, prv } = some[i % some.length]!;
      assert.ok(epsilon <= rdp_dp_accounting.epsilon * (1 + 1e-6));
      if (prv?.epsilon_lower !== undefined && prv.note === undefined) assert.ok(epsilon >= prv.epsilon_lower);
    });
  });

  test('takes mechanisms of other kinds, and tells an approximation', () => {
    const file = batch('kinds.json', [
      { mechanisms: [{ kind: 'laplace', noiseMultiplier: 10, steps: 4 }], delta: 1e-6 },
      { mechanisms: [{ kind: 'randomized-response', truth: 0.75, steps: 1 }], delta: 1e-6 },
    ]);
    const results = JSON.parse(privacy('epsilon', '--batch', file, '--json').stdout) as { epsilon: number }[];
    assert.ok(results[0]!.epsilon <= 0.4 && results[1]!.epsilon <= Math.log(3));
    const limit = privacy('epsilon', ...DP_SGD, '--delta', '1e-5', '--accountant', 'gdp');
    assert.match(limit.stdout, /NOT a guarantee/);
  });

  test('warns of δ not below 1/n with the reason, on stderr only', () => {
    const warned = privacy('epsilon', ...DP_SGD, '--delta', '1e-4', '--examples', '60000', '--json');
    assert.equal(warned.status, 0);
    assert.doesNotThrow(() => JSON.parse(warned.stdout));
    assert.match(warned.stderr, /delta 0.0001 is not below 1\/60000: a mechanism that publishes whole examples/);
  });

  test('finds noise whose ε comes back, and steps', () => {
    const target = ['--epsilon', '3', '--sample-rate', '0.01', '--delta', '1e-5', '--json'];
    const found = JSON.parse(privacy('noise', ...target, '--steps', '1000').stdout) as {
      noiseMultiplier: number;
      epsilon: number;
    };
    assert.ok(found.epsilon <= 3 && found.epsilon > 2.999);
    const steps = JSON.parse(privacy('steps', ...target, '--noise-multiplier', `${found.noiseMultiplier}`).stdout) as {
      steps: number;
    };
    assert.ok(steps.steps >= 1000 && steps.steps < 1010);
  });

  test('refuses what cannot be meant, with the number and what to do', () => {
    const base = ['--sample-rate', '0.01', '--steps', '10', '--delta', '1e-5'];
    for (const [words, message] of [
      [['noise', '--epsilon', '0', ...base], /epsilon 0: expected a finite number above 0/],
      [['epsilon', '--noise-multiplier', '0', '--epsilon', '3', ...base], /without noise no epsilon holds/],
      [['epsilon', '--noise-multiplier', '1', '--accountant', 'moments', ...base], /there are: rdp, pld, gdp/],
    ] as const) {
      const { status, stderr } = privacy(...words);
      assert.notEqual(status, 0, words.join(' '));
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n\s+at /);
    }
  });
});
