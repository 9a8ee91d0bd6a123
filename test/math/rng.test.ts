import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { philoxBlock } from '../../src/math/philox';
import { Rng } from '../../src/math/rng';

type Words = [number, number, number, number];

/** Known answers of Random123 1.14, kat_vectors, philox4x32 10 rounds. */
const VECTORS = [
  { counter: [0, 0, 0, 0], key: [0, 0], expected: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    expected: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    expected: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
] satisfies { counter: Words; key: [number, number]; expected: Words }[];

for (const { counter, key, expected } of VECTORS)
  test(`Philox4x32-10 gives the published words for counter ${counter[0].toString(16)}`, () => {
    const out = new Uint32Array(4);
    philoxBlock(...counter, ...key, out);
    assert.deepEqual([...out], [...expected]);
  });

test('the same seed and label give the same draws, another label or index others', () => {
  const rng = Rng.root(7);
  assert.deepEqual(rng.split('a').uniform(8), Rng.root(7).split('a').uniform(8));
  assert.notDeepEqual(rng.split('a').uniform(8), rng.split('b').uniform(8));
  assert.notDeepEqual(rng.split('a', 0).uniform(8), rng.split('a', 1).uniform(8));
  assert.notDeepEqual(rng.split('a', 1).uniform(8), rng.split('a', 2 ** 32 + 1).uniform(8));
  assert.notDeepEqual(Rng.root(7).uniform(8), Rng.root(7 + 2 ** 32).uniform(8));
});

test('a longer draw begins with the shorter one, and a later position continues it', () => {
  const rng = Rng.root(1);
  assert.deepEqual(rng.words(5), rng.words(100).slice(0, 5));
  assert.deepEqual(rng.words(9, 6), rng.words(15).slice(6));
});

test('a stream taken up at its saved position goes on as if never interrupted', () => {
  fc.assert(
    fc.property(fc.nat(600), (n) => {
      const whole = Rng.root(3).stream();
      for (let i = 0; i < n; i++) whole.uniform();
      const resumed = Rng.root(3).stream(whole.position);
      assert.equal(resumed.uniform(), whole.uniform());
      assert.equal(resumed.integer(10), whole.integer(10));
    }),
    { numRuns: 30 },
  );
});

test('uniforms lie in [0, 1) with mean 1/2 and variance 1/12', () => {
  const draws = Rng.root(11).uniform(100_000);
  assert.ok(draws.every((x) => x >= 0 && x < 1));
  const { mean, variance } = moments(draws);
  assert.ok(Math.abs(mean - 0.5) < 0.005, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1 / 12) < 0.002, `variance ${variance}`);
});

test('normals have the moments and the tails of a Gaussian', () => {
  const draws = Rng.root(12).normal(200_000);
  const { mean, variance } = moments(draws);
  assert.ok(Math.abs(mean) < 0.01 && Math.abs(variance - 1) < 0.02);
  const beyond = draws.filter((x) => Math.abs(x) > 3).length / draws.length;
  assert.ok(Math.abs(beyond - 0.0027) < 0.0006, `beyond 3 standard deviations: ${beyond}`);
});

test('every permutation of three comes about equally often', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const key = Rng.root(5).split('p', i).permutation(3).join('');
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  // Pearson's chi-squared with 5 degrees of freedom: 20.5 is passed once in a thousand.
  const chi = [...counts.values()].reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
  assert.ok(chi < 20.5, `chi-squared ${chi}`);
});

test('categorical draws follow the weights and never a weight of zero', () => {
  const draws = Rng.root(6).categorical(20_000, [1, 0, 3]);
  const share = draws.filter((c) => c === 2).length / draws.length;
  assert.ok(!draws.includes(1));
  assert.ok(Math.abs(share - 0.75) < 0.015, `share ${share}`);
  assert.throws(() => Rng.root(6).categorical(1, [0, 0]), /sum to 0/);
});

test('a seed that is no non-negative integer is refused', () => {
  for (const seed of [-1, 0.5, Number.NaN, 2 ** 60]) assert.throws(() => Rng.root(seed), RangeError);
});

function moments(draws: Float32Array): { mean: number; variance: number } {
  const mean = draws.reduce((a, b) => a + b, 0) / draws.length;
  return { mean, variance: draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length };
}
