import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { poisson } from '../../../privacy/sources/poisson';
import type { State } from '../../../src/core/state';
import type { SourceContext } from '../../../src/core/types';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';

before(useEngine);

const context = { rng: Rng.root(1) } as SourceContext;

function sourceOf(
  { count = 50, rate = 0.2, secret = false, digest = 'data' } = {},
  charge?: { resume(step: number): void; before(step: number): void },
) {
  return poisson({
    indices: Int32Array.from({ length: count }, (_, i) => i + 100),
    rate,
    inputShape: [1],
    digest,
    secret,
    batchOf: (ids) => ({ x: tf.tensor2d([...ids], [ids.length, 1]), ids, size: ids.length }),
    ...(charge && { charge }),
  });
}

/** Who is in each of the next lots, and the sizes of the batches. */
async function lotsOf(source: ReturnType<typeof sourceOf>, count: number) {
  const lots: number[][] = [];
  const sizes: number[] = [];
  for await (const { x, mask, size } of source.batches(context)) {
    const counts = mask!.dataSync();
    const values = [...x.dataSync()];
    sizes.push(size);
    assert.deepEqual(x.shape, [size, 1]);
    lots.push(values.filter((_, i) => counts[i] === 1));
    if (lots.length === count) break;
  }
  return { lots, sizes };
}

test('each unit is in each lot independently with probability q', async () => {
  const { lots } = await lotsOf(sourceOf(), 2000);
  const sizes = lots.map((lot) => lot.length);
  const mean = sizes.reduce((a, b) => a + b) / sizes.length;
  const variance = sizes.reduce((sum, size) => sum + (size - mean) ** 2, 0) / sizes.length;
  // Binomial(50, 0.2): mean 10, variance 8; five standard errors each.
  assert.ok(Math.abs(mean - 10) < 0.32, `mean ${mean}`);
  assert.ok(Math.abs(variance - 8) < 1.3, `variance ${variance}`);
  const together = lots.filter((lot) => lot.includes(100) && lot.includes(149)).length / lots.length;
  assert.ok(Math.abs(together - 0.04) < 0.022, `two at once: ${together}`);
  for (const lot of lots.slice(0, 50)) assert.equal(new Set(lot).size, lot.length);
});

test('lots may be empty, and batches come in few sizes', async () => {
  const before = tf.memory().numTensors;
  const { lots, sizes } = await lotsOf(sourceOf({ count: 3, rate: 0.1 }), 50);
  assert.ok(lots.some((lot) => lot.length === 0));
  assert.ok(sizes.every((size) => size >= 1));
  const wide = await lotsOf(sourceOf({ count: 2000, rate: 0.1 }), 30);
  assert.ok(new Set(wide.sizes).size <= 8);
  assert.equal(tf.memory().numTensors, before);
});

test('a resumed source gives the lots that it would have given, sampled by the seed or in secret', async () => {
  for (const secret of [false, true]) {
    const whole = sourceOf({ secret });
    const first = await lotsOf(whole, 3);
    const saved = structuredClone(whole.save()) as State;
    const rest = await lotsOf(whole, 3);
    const resumed = sourceOf({ secret });
    resumed.load(saved);
    assert.deepEqual((await lotsOf(resumed, 3)).lots, rest.lots);
    const again = await lotsOf(sourceOf({ secret }), 3);
    if (secret) assert.notDeepEqual(again.lots, first.lots);
    else assert.deepEqual(again.lots, first.lots);
  }
});

test('every lot is charged before it is handed out', async () => {
  const told: string[] = [];
  const source = sourceOf(
    {},
    { resume: (step) => told.push(`resume ${step}`), before: (step) => told.push(`charge ${step}`) },
  );
  await lotsOf(source, 2);
  assert.deepEqual(told, ['resume 0', 'charge 0', 'charge 1']);
});

test('other data, a rate out of range and nothing to sample from are refused', () => {
  assert.throws(() => sourceOf({ digest: 'other' }).load(sourceOf().save() as State), /other data/);
  assert.throws(() => sourceOf({ secret: true }).load(sourceOf().save() as State), /sampled by the seed/);
  assert.throws(() => sourceOf({ rate: 0 }), /rate is 0, expected above 0/);
  assert.throws(() => sourceOf({ rate: 1.5 }), /at most 1/);
  assert.throws(() => sourceOf({ count: 0 }), /no examples/);
});
