import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Rng } from '../../src/math/rng';
import { jitter } from '../../src/sources/jitter';

describe('jitter', () => {
  const shifts = Array.from({ length: 5000 }, (_, id) => jitter(Rng.root(1), 2)(id));

  test('draws every shift within the bound about equally often, both axes on their own', () => {
    const counts = new Map<string, number>();
    for (const { down, right } of shifts) counts.set(`${down},${right}`, (counts.get(`${down},${right}`) ?? 0) + 1);
    assert.equal(counts.size, 25);
    // 200 expected of each; the χ² of 24 degrees of freedom exceeds 51.2 once in a thousand keys.
    const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    assert.ok(chiSquared < 51.2, String(chiSquared));
  });

  test('depends on the key and the example, not on what was drawn before', () => {
    const again = jitter(Rng.root(1), 2);
    for (const id of [4999, 7, 0, 7]) assert.deepEqual(again(id), shifts[id]);
    const other = jitter(Rng.root(2), 2);
    assert.ok(shifts.slice(0, 100).some(({ down }, id) => other(id).down !== down));
  });
});
