import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { type Axis, axisSchema, gridValues, probingValues, unitOfValue, valueAtUnit } from '../../src/sweep/axis';

const axes: Record<string, Axis> = {
  list: [1, 'two', { mlp: { hidden: [3] } }],
  uniform: { uniform: [-1, 3] },
  log: { log: [1e-4, 1e-1] },
  integer: { integer: [2, 6] },
};

describe('an axis', () => {
  for (const [name, axis] of Object.entries(axes))
    it(`${name}: every unit is a value of the axis, and the value's unit gives the value again`, () => {
      fc.assert(
        fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (unit) => {
          const value = valueAtUnit(axis, unit);
          const back = unitOfValue(axis, value);
          assert.ok(back !== undefined && back >= 0 && back <= 1);
          if (typeof value === 'number' && !Array.isArray(axis)) {
            const again = valueAtUnit(axis, Math.min(back, 1 - 1e-12)) as number;
            assert.ok(Math.abs(again - value) <= 2e-5 * Math.max(1e-3, Math.abs(value)), `${value} became ${again}`);
          } else assert.deepEqual(valueAtUnit(axis, back), value);
        }),
      );
    });

  it('a grid takes both ends, even on the logarithm', () => {
    assert.deepEqual(gridValues({ log: [0.001, 0.1], points: 3 }), [0.001, 0.01, 0.1]);
    assert.deepEqual(gridValues({ uniform: [0, 1], points: 5 }), [0, 0.25, 0.5, 0.75, 1]);
    assert.deepEqual(gridValues({ integer: [1, 3], points: 9 }), [1, 2, 3]);
    assert.equal(gridValues({ log: [0.001, 0.1] }), undefined);
    assert.deepEqual(probingValues({ integer: [1, 3] }), [1, 3]);
  });

  it('refuses what is none', () => {
    for (const wrong of [[], { uniform: [1, 1] }, { log: [0, 1] }, { integer: [0.5, 2] }, { lin: [0, 1] }, 3])
      assert.equal(axisSchema.safeParse(wrong).success, false, JSON.stringify(wrong));
  });
});
