import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { paretoFront } from '../../src/math/pareto';

test('the front holds what is best for its size', () => {
  const accuracy = { values: [0.9, 0.95, 0.94, 0.8, Number.NaN], higherIsBetter: true };
  const size = { values: [10, 40, 50, 10, 1], higherIsBetter: false };
  assert.deepEqual(paretoFront([accuracy, size]), [true, true, false, false, false]);
  assert.deepEqual(paretoFront([]), []);
});

test('in one goal, the front is the set of the best', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1 }), (values) => {
      const front = paretoFront([{ values, higherIsBetter: true }]);
      assert.deepEqual(
        front,
        values.map((value) => value === Math.max(...values)),
      );
    }),
  );
});

test('every candidate off the front is beaten by one on it', () => {
  const pair = fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 }));
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1 }), (points) => {
      const front = paretoFront([0, 1].map((k) => ({ values: points.map((p) => p[k]!), higherIsBetter: true })));
      for (const [i, [x, y]] of points.entries())
        assert.equal(front[i], !points.some(([u, v], j) => front[j] && u >= x && v >= y && (u > x || v > y)));
    }),
  );
});
