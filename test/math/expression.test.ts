import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileExpression } from '../../src/math/expression';

test('arithmetic, functions, conditions and constants are computed', () => {
  const f = compileExpression('step < 10 ? 0.1 * step / 10 : 0.1 * cos(pi / 2 * progress)', ['step', 'progress']);
  assert.equal(f({ step: 5, progress: 0 }), 0.05);
  assert.ok(Math.abs(f({ step: 20, progress: 1 })) < 1e-15);
  assert.equal(compileExpression('max(1, 2) ^ 3', [])({}), 8);
});

for (const [expression, why] of [
  ['import({})', /function "import"/],
  ['x = 3', /assignment/],
  ['f(x) = x', /functionassignment/],
  ['step.constructor', /accessor/],
  ['evaluate("1")', /function "evaluate"/],
  ['unknown + 1', /"unknown" is unknown/],
  ['"text"', /only numbers/],
  ['[1, 2]', /array/],
  ['1; 2', /block/],
] as const)
  test(`"${expression}" is refused`, () => {
    assert.throws(() => compileExpression(expression, ['step']), why);
  });

test('no text makes the parser do anything but throw an Error or give a function of numbers', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 40 }), (text) => {
      try {
        const value = compileExpression(text, ['step'])({ step: 1 });
        assert.equal(typeof value, 'number');
      } catch (error) {
        assert.ok(error instanceof Error);
      }
    }),
    { numRuns: 300 },
  );
});
