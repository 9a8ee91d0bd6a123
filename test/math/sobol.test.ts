import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SOBOL_DIMENSIONS, sobolPoint } from '../../src/math/sobol';

describe('Sobol’s sequence', () => {
  // scipy 1.17.1: scipy.stats.qmc.Sobol(20, scramble=False).random(64)[i]
  const golden: Record<number, readonly number[]> = {
    1: new Array<number>(20).fill(0.5),
    7: [
      0.125, 0.625, 0.375, 0.125, 0.125, 0.375, 0.625, 0.625, 0.625, 0.875, 0.625, 0.125, 0.625, 0.375, 0.125, 0.125,
      0.125, 0.125, 0.625, 0.875,
    ],
    33: [
      0.546875, 0.765625, 0.203125, 0.046875, 0.640625, 0.421875, 0.296875, 0.171875, 0.484375, 0.546875, 0.890625,
      0.453125, 0.953125, 0.484375, 0.484375, 0.609375, 0.671875, 0.546875, 0.921875, 0.015625,
    ],
    63: [
      0.015625, 0.796875, 0.359375, 0.453125, 0.859375, 0.140625, 0.578125, 0.140625, 0.828125, 0.578125, 0.421875,
      0.671875, 0.546875, 0.765625, 0.328125, 0.765625, 0.078125, 0.390625, 0.953125, 0.234375,
    ],
  };
  for (const [index, point] of Object.entries(golden))
    it(`point ${index} equals scipy’s`, () => assert.deepEqual(sobolPoint(Number(index), SOBOL_DIMENSIONS), point));

  it('its first 2^k points put one into each of 2^k slices of every dimension, shifted or not', () => {
    for (const shift of [undefined, Uint32Array.from({ length: 20 }, (_, i) => 0x9e3779b9 * (i + 1))])
      for (let dimension = 0; dimension < SOBOL_DIMENSIONS; dimension++) {
        const slices = new Set(
          Array.from({ length: 64 }, (_, i) => Math.floor(64 * sobolPoint(i, SOBOL_DIMENSIONS, shift)[dimension]!)),
        );
        assert.equal(slices.size, 64);
      }
  });

  it('refuses what it has no direction numbers for', () => {
    assert.throws(() => sobolPoint(0, 21), /1 to 20 dimensions, asked for 21/);
    assert.throws(() => sobolPoint(-1, 2), RangeError);
  });
});
