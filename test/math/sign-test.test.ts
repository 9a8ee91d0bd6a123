import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { signTest } from '../../src/math/sign-test';

/** Σ C(n, k) 2^(1−n) over k ≤ min in whole numbers. */
function exact(first: number, second: number): number {
  const n = first + second;
  let choose = 1n;
  let sum = 0n;
  for (let k = 0; k <= Math.min(first, second); k++) {
    sum += choose;
    choose = (choose * BigInt(n - k)) / BigInt(k + 1);
  }
  const scaled = (2n * sum * 10n ** 15n) / 2n ** BigInt(n);
  return Math.min(1, Number(scaled) / 1e15);
}

test('by hand: five of five have p = 1/16, as many on both sides p = 1', () => {
  assert.ok(Math.abs(signTest(5, 0) - 1 / 16) < 1e-14);
  assert.ok(Math.abs(signTest(1, 3) - 5 / 8) < 1e-14);
  assert.equal(signTest(4, 4), 1);
  assert.ok(Number.isNaN(signTest(0, 0)));
});

test('it is the binomial tail, whichever side is named first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 1, max: 300 }), (a, b) => {
      assert.equal(signTest(a, b), signTest(b, a));
      assert.ok(Math.abs(signTest(a, b) - exact(a, b)) < 1e-10 + 1e-9 * exact(a, b));
    }),
    { numRuns: 60 },
  );
});
