import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { assertNear, bitsOf, everyBench, everywhere, instruction, numbers } from '../../support/machines';

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1);

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, axis) => size(shape.slice(axis + 1)));
}

/** Calls `visit` with the coordinates of every element. */
function eachIndex(shape: readonly number[], visit: (index: number[]) => void): void {
  for (let i = 0; i < size(shape); i++) {
    let rest = i;
    const index = shape.map(() => 0);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % shape[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    visit(index);
  }
}

const dot = (a: readonly number[], b: readonly number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

const anyCopy = fc.array(fc.integer({ min: 0, max: 21 }), { minLength: 0, maxLength: 4 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    // What is read is a permuted view, some of its axes backwards or of stride 0.
    order: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
    reversed: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    repeated: fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    gap: fc.integer({ min: 1, max: 3 }),
  }),
);

test('copies between any strides equal a loop over indices', () => {
  fc.assert(
    fc.property(anyCopy, ({ shape, order, reversed, repeated, gap }) => {
      const inner = rowMajor(order.map((axis) => shape[axis]!));
      const strides = shape.map((_, axis) => (repeated[axis] ? 0 : inner[order.indexOf(axis)]!));
      const signed = strides.map((stride, axis) => (reversed[axis] ? -stride : stride));
      const origin = shape.reduce((sum, length, axis) => sum + (reversed[axis] ? strides[axis]! * (length - 1) : 0), 0);
      const to = rowMajor(shape).map((stride) => stride * gap);
      const source = Int32Array.from({ length: Math.max(1, size(shape)) }, (_, i) => i + 7);
      const expected = new Int32Array(size(shape) * gap);
      eachIndex(shape, (index) => {
        expected[dot(index, to)] = source[origin + dot(index, signed)]!;
      });
      const results = everywhere((bench) => {
        const from = bench.ints(source);
        const out = bench.ints(new Int32Array(expected.length));
        bench.run(instruction('copy', shape.length, ...shape, from + Math.max(0, origin), ...signed, out, ...to));
        return bench.readInts(out, expected.length);
      });
      for (const result of results) assert.deepEqual(result, expected);
    }),
    { numRuns: 150 },
  );
});

test('fill writes the bits given and nothing beside them', () => {
  for (const count of [0, 1, 63, 64, 65, 1000]) {
    const results = everywhere((bench) => {
      const out = bench.ints(new Int32Array(1024));
      bench.run(instruction('fill', out, count, bitsOf(-2.5)));
      return bench.readInts(out, 1024);
    });
    for (const result of results)
      assert.deepEqual(
        result,
        Int32Array.from({ length: 1024 }, (_, i) => (i < count ? bitsOf(-2.5) | 0 : 0)),
      );
  }
});

const anyGather = fc.record({
  outer: fc.integer({ min: 1, max: 4 }),
  rows: fc.integer({ min: 1, max: 9 }),
  inner: fc.integer({ min: 1, max: 40 }),
  indices: fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 30 }),
});

test('gather takes rows by index', () => {
  fc.assert(
    fc.property(anyGather, ({ outer, rows, inner, indices }) => {
      const chosen = indices.map((index) => index % rows);
      const x = numbers(outer * rows * inner);
      const results = everywhere((bench) => {
        const out = bench.room(outer * chosen.length * inner);
        const operands = [bench.floats(x), bench.ints(chosen), out];
        bench.run(instruction('gather', outer, rows, inner, chosen.length, ...operands));
        return bench.read(out, outer * chosen.length * inner);
      });
      const expected = Float32Array.from({ length: outer * chosen.length * inner }, (_, i) => {
        const row = chosen[Math.floor(i / inner) % chosen.length]!;
        return x[(Math.floor(i / inner / chosen.length) * rows + row) * inner + (i % inner)]!;
      });
      for (const result of results) assert.deepEqual(result, expected);
    }),
    { numRuns: 60 },
  );
});

test('gather reports an index outside and gives NaN for it', () => {
  for (const bench of everyBench())
    for (const outside of [-1, 3]) {
      const out = bench.room(6);
      const operands = [bench.floats(numbers(6)), bench.ints([0, outside, 2]), out];
      assert.throws(() => bench.run(instruction('gather', 1, 3, 2, 3, ...operands)), /"gather".*outside its range/);
      assert.deepEqual(
        Array.from(bench.read(out, 6), (value) => Number.isNaN(value)),
        [false, false, true, true, false, false],
      );
      // The flag is that of one run.
      bench.run(instruction('gather', 1, 3, 2, 1, ...operands));
      bench.release();
    }
});

test('segmentSum adds rows by id and leaves out ids outside', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -1, max: 12 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer({ min: 1, max: 10 }),
      (ids, inner, segments) => {
        const x = numbers(ids.length * inner);
        const results = everywhere((bench) => {
          const out = bench.room(segments * inner);
          bench.run(instruction('segmentSum', ids.length, inner, segments, bench.floats(x), bench.ints(ids), out));
          return bench.read(out, segments * inner);
        });
        const expected = new Float64Array(segments * inner);
        ids.forEach((id, i) => {
          if (id < 0 || id >= segments) return;
          for (let j = 0; j < inner; j++) expected[id * inner + j] = expected[id * inner + j]! + x[i * inner + j]!;
        });
        for (const result of results) assertNear(result, expected, 1e-5);
      },
    ),
    { numRuns: 60 },
  );
});

test('oneHot gives the two numbers, and only the off number outside', () => {
  const indices = [0, 4, -1, 5, 2, ...Array.from({ length: 40 }, (_, i) => i % 5)];
  const results = everywhere((bench) => {
    const out = bench.room(indices.length * 5);
    bench.run(instruction('oneHot', indices.length, 5, bitsOf(0.9), bitsOf(0.1), bench.ints(indices), out));
    return bench.read(out, indices.length * 5);
  });
  const expected = Float32Array.from({ length: indices.length * 5 }, (_, i) =>
    indices[Math.floor(i / 5)] === i % 5 ? 0.9 : 0.1,
  );
  for (const result of results) assert.deepEqual(result, expected);
});
