import test from 'node:test';
import fc from 'fast-check';
import { NONE } from '../../../src/engine/program/instructions';
import { assertNear, everywhere, instruction, numbers } from '../../support/machines';

interface Case {
  batch: number;
  m: number;
  n: number;
  k: number;
  transposeA: boolean;
  transposeB: boolean;
  sharedA: boolean;
  sharedB: boolean;
  bias: boolean;
  relu: boolean;
  accumulate: boolean;
}

function check(c: Case): void {
  const { batch, m, n, k } = c;
  const a = numbers(batch * m * k, 1);
  const b = numbers(batch * k * n, 2);
  const bias = numbers(n, 3);
  const before = numbers(batch * m * n, 4);
  const strideA = c.sharedA ? 0 : m * k;
  const strideB = c.sharedB ? 0 : k * n;
  const expected = new Float64Array(batch * m * n);
  for (let g = 0; g < batch; g++)
    for (let i = 0; i < m; i++)
      for (let j = 0; j < n; j++) {
        let sum = c.accumulate ? before[(g * m + i) * n + j]! : 0;
        for (let l = 0; l < k; l++)
          sum +=
            a[g * strideA + (c.transposeA ? l * m + i : i * k + l)]! *
            b[g * strideB + (c.transposeB ? j * k + l : l * n + j)]!;
        if (c.bias) sum += bias[j]!;
        expected[(g * m + i) * n + j] = c.relu ? Math.max(0, sum) : sum;
      }
  const results = everywhere((bench) => {
    const out = bench.floats(before);
    const flags = [Number(c.transposeA), Number(c.transposeB)];
    const operands = [bench.floats(a), bench.floats(b), out, strideA, strideB, m * n];
    const end = [c.bias ? bench.floats(bias) : NONE, Number(c.relu), Number(c.accumulate)];
    bench.run(instruction('gemm', batch, m, n, k, ...flags, ...operands, ...end));
    return bench.read(out, batch * m * n);
  });
  for (const result of results) assertNear(result, expected, 1e-5, 1e-6 * Math.sqrt(k + 1) * 4);
}

const anyCase = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  m: fc.integer({ min: 0, max: 70 }),
  n: fc.integer({ min: 0, max: 70 }),
  k: fc.integer({ min: 0, max: 70 }),
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
  sharedA: fc.boolean(),
  sharedB: fc.boolean(),
  bias: fc.boolean(),
  relu: fc.boolean(),
  accumulate: fc.boolean(),
});

test('products of small matrices in every form equal a plain loop', () => {
  fc.assert(fc.property(anyCase, check), { numRuns: 150 });
});

test('products longer than a block of any loop equal a plain loop', () => {
  const plain = { batch: 1, sharedA: false, sharedB: false, bias: true, relu: false, accumulate: false };
  for (const transposeA of [false, true])
    for (const transposeB of [false, true]) {
      check({ ...plain, m: 61, n: 801, k: 300, transposeA, transposeB });
      check({ ...plain, m: 1, n: 35, k: 600, transposeA, transposeB, relu: true });
      check({ ...plain, m: 90, n: 10, k: 77, transposeA, transposeB, accumulate: true, relu: true });
      check({ ...plain, m: 33, n: 2, k: 16, transposeA, transposeB });
      check({ ...plain, m: 200, n: 1, k: 513, transposeA, transposeB, accumulate: true });
      // Few results of long sums, which are divided into parts.
      check({ ...plain, m: 9, n: 17, k: 5000, transposeA, transposeB, relu: true, accumulate: true });
    }
});
