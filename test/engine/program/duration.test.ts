import assert from 'node:assert/strict';
import { test } from 'node:test';
import { durationOf } from '../../../src/engine/program/duration';
import type { Step } from '../../../src/engine/program/steps';

const gemm = (m: number): Step => ({
  kind: 'gemm',
  batch: 1,
  m,
  n: 128,
  k: 128,
  transposeA: false,
  transposeB: false,
  a: 0,
  b: 1,
  strideA: 0,
  strideB: 0,
  bias: undefined,
  activation: 'none',
  output: 2,
});

test('a product is as long as its multiplications, a fill as its elements', () => {
  const elements = () => 500;
  assert.equal(durationOf(gemm(256), elements), (256 * 128 * 128) / 40);
  // One row waits for the matrix, not for its multiplications.
  assert.equal(durationOf(gemm(1), elements), (128 + 128 * 128 + 128) / 12);
  assert.equal(durationOf({ kind: 'fill', value: 0, output: 0 }, elements), 500);
});
