import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import {
  neighborMax,
  neighborMean,
  neighborSum,
  segmentMax,
  segmentMean,
  segmentSum,
  spread,
} from '../../src/sparse/aggregate';
import { Csr } from '../../src/sparse/csr';
import { SparseMatrix } from '../../src/sparse/matrix';
import { assertClose, assertGradient } from '../support/numbers';
import { assertSame, incidence, normal, onEveryBackend, useBackends } from './dense';

before(useBackends);

/** Of every row the mean of what `total` sums, 0 for an empty one. */
function averaged(csr: Csr, total: tf.Tensor): tf.Tensor {
  const degrees = Array.from({ length: csr.rows }, (_, row) =>
    Math.max(1, csr.rowPointers[row + 1]! - csr.rowPointers[row]!),
  );
  return tf.div(total, tf.tensor2d(degrees, [csr.rows, 1]));
}

/** The maximum over the entries [entries, k] of each row, dense; 0 for an empty one. */
function largest(csr: Csr, x: tf.Tensor): tf.Tensor {
  const { row } = incidence(csr);
  const member = tf.expandDims(tf.transpose(row), 2);
  const masked = tf.sub(tf.mul(member, tf.expandDims(x, 0)), tf.mul(tf.sub(1, member), 1e9));
  if (csr.entries === 0) return tf.matMul(row, x as tf.Tensor2D, true);
  return tf.mul(tf.max(masked, 1), tf.any(tf.cast(member, 'bool'), 1));
}

test('sums, means and spreading are products with the incidence matrix', () =>
  onEveryBackend((csr, matrix) => {
    const { row, column } = incidence(csr);
    const x = normal('x', [csr.entries, 3]);
    const sum = (of: tf.Tensor) => tf.matMul(row, of as tf.Tensor2D, true);
    assertSame(
      (of) => segmentSum(matrix, of as tf.Tensor2D),
      (of) => sum(of!),
      [x],
    );
    assertSame(
      (of) => segmentMean(matrix, of as tf.Tensor2D),
      (of) => averaged(csr, sum(of!)),
      [x],
    );
    assertSame(
      (of) => segmentSum(matrix.transposed, of as tf.Tensor2D),
      (of) => tf.matMul(column, of as tf.Tensor2D, true),
      [x],
    );
    assertSame(
      (of) => spread(matrix, of as tf.Tensor2D),
      (of) => tf.matMul(row, of as tf.Tensor2D),
      [normal('r', [csr.rows, 2])],
    );
    assertSame(
      (of) => spread(matrix.transposed, of as tf.Tensor2D),
      (of) => tf.matMul(column, of as tf.Tensor2D),
      [normal('c', [csr.columns, 2])],
    );
  }));

test('sums and means over neighbours are products with the matrix of ones', () =>
  onEveryBackend((csr, matrix) => {
    const { row, column } = incidence(csr);
    const x = normal('x', [csr.columns, 3]);
    const sum = (of: tf.Tensor) => tf.matMul(row, tf.matMul(column, of as tf.Tensor2D), true);
    assertSame(
      (of) => neighborSum(matrix, of as tf.Tensor2D),
      (of) => sum(of!),
      [x],
    );
    assertSame(
      (of) => neighborMean(matrix, of as tf.Tensor2D),
      (of) => averaged(csr, sum(of!)),
      [x],
    );
  }));

test('the maximum of entries and its gradient are the dense ones', () =>
  onEveryBackend((csr, matrix) => {
    const x = normal('x', [csr.entries, 3]);
    assertSame(
      (of) => segmentMax(matrix, of as tf.Tensor2D),
      (of) => largest(csr, of!),
      [x],
    );
    if (csr.entries === 0) return; // The gradient of tfjs' gather knows no empty index.
    const turned = csr.transpose();
    assertSame(
      (of) => segmentMax(matrix.transposed, of as tf.Tensor2D),
      (of) => largest(turned.matrix, tf.gather(of!, tf.tensor1d(turned.order))),
      [x],
    );
  }));

test('the maximum over neighbours is the plain one, its gradient the difference quotient', () =>
  onEveryBackend((csr, matrix) => {
    // Well apart from each other, so that a small step changes no maximum.
    const values = Array.from({ length: csr.columns * 2 }, (_, i) => ((i * 7) % 13) - 6);
    const x = tf.tensor2d(values, [csr.columns, 2]);
    const expected = Array.from({ length: csr.rows * 2 }, (_, at) => {
      const columns = csr.columnIndices.slice(csr.rowPointers[at >> 1], csr.rowPointers[(at >> 1) + 1]);
      return columns.length === 0 ? 0 : Math.max(...Array.from(columns, (column) => values[column * 2 + (at & 1)]!));
    });
    assertClose(neighborMax(matrix, x).dataSync(), expected);
    const dy = normal('dy', [csr.rows, 2]);
    assertGradient((at) => tf.sum(tf.mul(neighborMax(matrix, at), dy)), x);
    const back = normal('back', [csr.columns, 2]);
    const turned = tf.tensor2d(values.slice(0, 1).concat(Array.from({ length: csr.rows * 2 - 1 }, (_, i) => i + 10)), [
      csr.rows,
      2,
    ]);
    assertGradient((at) => tf.sum(tf.mul(neighborMax(matrix.transposed, at), back)), turned);
  }, 15));

test('of equal maxima the first gets the gradient; NaN is a maximum', () => {
  const csr = Csr.fromEntries({ rows: 2, columns: 3, rowIndices: [0, 0, 0], columnIndices: [2, 0, 1] });
  const matrix = SparseMatrix.of(csr);
  const x = tf.tensor1d([5, 1, 5]);
  assert.deepEqual([...segmentMax(matrix, x).dataSync()], [5, 0]);
  assert.deepEqual(
    [
      ...tf
        .grad((of: tf.Tensor) => tf.sum(segmentMax(matrix, of as tf.Tensor1D)))(x)
        .dataSync(),
    ],
    [1, 0, 0],
  );
  assert.deepEqual([...segmentMax(matrix, tf.tensor1d([5, Number.NaN, 7])).dataSync()], [Number.NaN, 0]);
  assert.deepEqual([...segmentMax(matrix, tf.tensor1d([Number.NaN, 5, 7])).dataSync()], [Number.NaN, 0]);
  const ones = tf.ones<tf.Rank.R2>([3, 1]);
  const gradient = tf.grad((of: tf.Tensor) => tf.sum(neighborMax(matrix, of as tf.Tensor2D)))(ones);
  assert.deepEqual([...gradient.dataSync()], [0, 0, 1]);
});

test('tensors of another length are refused', () => {
  const matrix = SparseMatrix.of(Csr.fromEntries({ rows: 2, columns: 3, rowIndices: [0], columnIndices: [2] }));
  assert.throws(() => segmentSum(matrix, tf.zeros<tf.Rank.R1>([2])), /expected \[1\] or \[1, k\], found \[2\]/);
  assert.throws(() => neighborSum(matrix, tf.zeros([2, 1])), /expected a tensor of 3 rows/);
});
