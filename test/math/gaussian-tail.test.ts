import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { logUpperTail, upperTailQuantile } from '../../src/math/gaussian-tail';

test('the upper tail is that of published tables', () => {
  // scipy.stats.norm.sf: 15 digits.
  for (const [z, tail] of [
    [0, 0.5],
    [1, 0.158655253931457],
    [-1, 0.841344746068543],
    [2, 0.0227501319481792],
    [3, 1.34989803163009e-3],
    [6, 9.86587645037698e-10],
  ] as const)
    assert.ok(Math.abs(Math.exp(logUpperTail(z)) / tail - 1) < 1e-13, `${z}: ${Math.exp(logUpperTail(z))}`);
  assert.ok(Math.abs(logUpperTail(40) + 804.608442013754) < 1e-10);
  assert.equal(logUpperTail(Number.POSITIVE_INFINITY), Number.NEGATIVE_INFINITY);
});

test('it has no seam where the method changes', () => {
  for (const z of [2.8 - 1e-9, 2.8 + 1e-9]) {
    const density = Math.exp(-0.5 * z * z) / Math.sqrt(2 * Math.PI);
    const slope = (Math.exp(logUpperTail(z - 1e-4)) - Math.exp(logUpperTail(z + 1e-4))) / 2e-4;
    assert.ok(Math.abs(slope / density - 1) < 1e-7);
  }
});

test('the quantile is its inverse', () => {
  fc.assert(
    fc.property(fc.double({ min: -6, max: 37, noNaN: true }), (z) => {
      assert.ok(Math.abs(upperTailQuantile(logUpperTail(z)) - z) < 1e-6 * Math.max(1, Math.abs(z)));
    }),
  );
  assert.equal(upperTailQuantile(0), Number.NEGATIVE_INFINITY);
  assert.throws(() => upperTailQuantile(0.1), /at most 0, found 0.1/);
});
