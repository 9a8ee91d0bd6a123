import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { MICRO, REDUCE_KINDS } from '../../../src/engine/program/instructions';
import { assertNear, everywhere, instruction, numbers } from '../../support/machines';

type Kind = (typeof REDUCE_KINDS)[number];

const START: Record<Kind, number> = {
  sum: 0,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
  prod: 1,
  any: 0,
  all: 1,
};
const COMBINE: Record<Kind, (a: number, b: number) => number> = {
  sum: (a, b) => a + b,
  max: Math.max,
  min: Math.min,
  prod: (a, b) => a * b,
  any: (a, b) => Number(a !== 0 || b !== 0),
  all: (a, b) => Number(a !== 0 && b !== 0),
};

/** Reduces x² of [outer, reduced, inner]; x may be a row [inner] repeated. */
function check(kind: Kind, outer: number, reduced: number, inner: number, repeated: boolean): void {
  const count = outer * reduced * inner;
  const x = numbers(repeated ? inner : count, 5).map((value) =>
    kind === 'any' || kind === 'all' ? Number(Math.abs(value) > (kind === 'any' ? 0.97 : 0.03)) : value + 0.45,
  );
  const expected = new Float64Array(outer * inner).fill(START[kind]);
  const sizes = new Float64Array(outer * inner);
  for (let i = 0; i < count; i++) {
    const value = x[repeated ? i % inner : i]!;
    const at = Math.floor(i / (reduced * inner)) * inner + (i % inner);
    const square = Math.fround(value * value);
    expected[at] = COMBINE[kind](expected[at]!, square);
    sizes[at] = sizes[at]! + Math.abs(square);
  }
  const whole = kind === 'any' || kind === 'all';
  const results = everywhere<Float32Array | Int32Array>((bench) => {
    const out = bench.room(outer * inner);
    const from = bench.floats(x);
    const input = repeated ? [from, 0, 2, 0, 0, 1] : [from, 0, 0];
    const body = [count, 3, outer, reduced, inner, 1, ...input, 1, MICRO.indexOf('square'), 1, 0, 0, 0];
    const head = [REDUCE_KINDS.indexOf(kind), outer, reduced, inner, out, Number(whole)];
    bench.run(instruction('reduce', ...head, ...body, 1));
    return whole ? bench.readInts(out, outer * inner) : bench.read(out, outer * inner);
  });
  for (const result of results)
    if (kind === 'sum')
      result.forEach((value, i) => {
        // Far better than adding up one after the other in single precision.
        assert.ok(Math.abs(value - expected[i]!) <= 3e-7 * sizes[i]! + 1e-7, `${value} ${expected[i]}`);
      });
    else assertNear(result, expected, kind === 'prod' ? 6e-8 * (reduced + 1) : 0, kind === 'prod' ? 1e-30 : 0);
}

const anyShape = fc.record({
  kind: fc.constantFrom(...REDUCE_KINDS),
  outer: fc.integer({ min: 0, max: 20 }),
  reduced: fc.integer({ min: 0, max: 60 }),
  inner: fc.oneof(fc.constant(1), fc.integer({ min: 2, max: 40 })),
  repeated: fc.boolean(),
});

test('small reductions of every kind equal a loop', () => {
  fc.assert(
    fc.property(anyShape, ({ kind, outer, reduced, inner, repeated }) => check(kind, outer, reduced, inner, repeated)),
    { numRuns: 200 },
  );
});

test('reductions of every shape of loop: long rows, parts of rows, narrow and wide columns', () => {
  for (const [outer, reduced, inner] of [
    [20, 300, 1],
    [3, 700, 1],
    [1, 100_003, 1],
    [2, 50_000, 1],
    [1, 3000, 10],
    [1, 5001, 128],
    [2, 2000, 300],
    [40, 9, 200],
    [1, 70, 600],
    [2, 33, 5000],
  ] as const)
    for (const kind of REDUCE_KINDS) check(kind, outer, reduced, inner, outer % 2 === 0);
});

test('the greatest of numbers with NaN among them is NaN, wherever it lies', () => {
  for (const kind of ['max', 'min'] as const)
    for (const length of [5, 40, 1000])
      for (const at of [0, 3, length - 1]) {
        const x = numbers(length);
        x[at] = Number.NaN;
        const results = everywhere((bench) => {
          const out = bench.room(1);
          const body = [length, 1, length, 1, bench.floats(x), 0, 0, 0];
          bench.run(instruction('reduce', REDUCE_KINDS.indexOf(kind), 1, length, 1, out, 0, ...body, 0));
          return bench.read(out, 1);
        });
        for (const result of results) assert.ok(Number.isNaN(result[0]));
      }
});
