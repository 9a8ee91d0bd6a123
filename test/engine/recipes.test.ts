import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { kdlab, metricsOf, temporaryFolder } from '../support/kdlab';

const folder = temporaryFolder('engines');
after(() => fs.rmSync(folder, { recursive: true }));

/** Steps that are compared; rounding grows from step to step, and a policy's flipped action ends the comparison. */
const STEPS = 50;

/** The losses of the first stage by step. */
async function losses(recipe: string, engine: string): Promise<number[]> {
  const runs = path.join(folder, `${path.dirname(recipe)}-${engine}`);
  const cache = path.join(folder, 'cache');
  const args = ['run', recipe, '--engine', engine, '--runs-dir', runs, '--set', 'logEvery=1'];
  const { code, stderr } = await kdlab(args, { env: { XDG_CACHE_HOME: cache } });
  assert.equal(code, 0, stderr);
  const family = path.join(runs, fs.readdirSync(runs)[0]!);
  const metrics = metricsOf(path.join(family, fs.readdirSync(family)[0]!));
  return Array.from({ length: STEPS }, (_, i) => Number(metrics.get(`${i + 1} teacher/loss`) ?? Number.NaN)).filter(
    Number.isFinite,
  );
}

for (const recipe of ['policy-cartpole/tiny', 'shapes-cnn/tiny'])
  test(`the first steps of ${recipe} are the same on every engine`, { timeout: 240_000 }, async () => {
    const expected = await losses(recipe, 'tfjs');
    assert.ok(expected.length >= 30, `${expected.length} losses`);
    for (const engine of ['native', 'wasm']) {
      const found = await losses(recipe, engine);
      assert.equal(found.length, expected.length);
      found.forEach((loss, i) => {
        const allowed = 2e-3 * Math.max(0.05, Math.abs(expected[i]!));
        assert.ok(
          Math.abs(loss - expected[i]!) <= allowed,
          `${engine}, step ${i + 1}: ${loss}, ${expected[i]} by tfjs`,
        );
      });
    }
  });
