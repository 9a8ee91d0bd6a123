import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { assertNear, everywhere, instruction, numbers } from '../../support/machines';

const sizes = fc.record({
  outer: fc.integer({ min: 1, max: 30 }),
  length: fc.integer({ min: 1, max: 40 }),
  inner: fc.integer({ min: 1, max: 5 }),
});

/** The elements of x [outer, length, inner] along the middle axis, for each of the others. */
function lines(x: Float32Array, length: number, inner: number): number[][] {
  return Array.from({ length: x.length / length }, (_, i) =>
    Array.from({ length }, (_, j) => x[Math.floor(i / inner) * length * inner + j * inner + (i % inner)]!),
  );
}

test('argReduce finds the first of the greatest or least', () => {
  fc.assert(
    fc.property(sizes, fc.boolean(), ({ outer, length, inner }, least) => {
      // Few different values, so that there are equal ones.
      const x = numbers(outer * length * inner).map((value) => Math.round(value * 3));
      const results = everywhere((bench) => {
        const out = bench.room(outer * inner);
        bench.run(instruction('argReduce', Number(least), outer, length, inner, bench.floats(x), out));
        return bench.readInts(out, outer * inner);
      });
      const expected = lines(x, length, inner).map((line) => line.indexOf((least ? Math.min : Math.max)(...line)));
      for (const result of results) assert.deepEqual([...result], expected);
    }),
    { numRuns: 60 },
  );
});

test('cumsum adds up forwards and backwards, with and without the element itself', () => {
  fc.assert(
    fc.property(sizes, fc.boolean(), fc.boolean(), ({ outer, length, inner }, exclusive, reverse) => {
      const x = numbers(outer * length * inner);
      const results = everywhere((bench) => {
        const out = bench.room(x.length);
        bench.run(
          instruction('cumsum', outer, length, inner, Number(exclusive), Number(reverse), bench.floats(x), out),
        );
        return bench.read(out, x.length);
      });
      const expected = new Float64Array(x.length);
      lines(x, length, inner).forEach((line, i) => {
        line.forEach((_, j) => {
          const taken = line.filter((_, l) => (reverse ? l > j : l < j) || (l === j && !exclusive));
          expected[Math.floor(i / inner) * length * inner + j * inner + (i % inner)] = taken.reduce((a, b) => a + b, 0);
        });
      });
      for (const result of results) assertNear(result, expected, 1e-6);
    }),
    { numRuns: 60 },
  );
});

test('softmax over rows of any length, far from 0 too', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 1, max: 70 }),
      fc.constantFrom(1, 30, 1e4),
      (rows, columns, spread) => {
        const x = numbers(rows * columns).map((value) => value * spread);
        const results = everywhere((bench) => {
          const out = bench.room(x.length);
          bench.run(instruction('softmax', rows, columns, bench.floats(x), out));
          return bench.read(out, x.length);
        });
        const expected = new Float64Array(x.length);
        for (let row = 0; row < rows; row++) {
          const values = x.subarray(row * columns, (row + 1) * columns);
          const top = Math.max(...values);
          const sum = values.reduce((total, value) => total + Math.exp(value - top), 0);
          values.forEach((value, i) => {
            expected[row * columns + i] = Math.exp(value - top) / sum;
          });
        }
        for (const result of results) assertNear(result, expected, 3e-6, 1e-12);
      },
    ),
    { numRuns: 80 },
  );
});
