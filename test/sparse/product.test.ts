import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { Csr } from '../../src/sparse/csr';
import { SparseMatrix } from '../../src/sparse/matrix';
import { sddmm, spmm, spmmHeads } from '../../src/sparse/product';
import { assertSame, incidence, normal, onEveryBackend, useBackends } from './dense';

before(useBackends);

/** Per head: Rᵀ · (alpha ∘ (C · x)), dense. */
function denseHeads(csr: Csr, alpha: tf.Tensor, x: tf.Tensor): tf.Tensor {
  const { row, column } = incidence(csr);
  const [, heads, width] = x.shape as [number, number, number];
  const taken = tf.reshape(tf.matMul(column, tf.reshape(x as tf.Tensor3D, [csr.columns, heads * width])), [
    csr.entries,
    heads,
    width,
  ]);
  const weighted = tf.reshape(tf.mul(taken, tf.expandDims(alpha, 2)), [csr.entries, heads * width]);
  return tf.reshape(tf.matMul(row, weighted as tf.Tensor2D, true), [csr.rows, heads, width]);
}

test('a sparse product and its gradient are the dense ones', () =>
  onEveryBackend((csr, matrix) => {
    const { row, column } = incidence(csr);
    const dense = (values: tf.Tensor) =>
      tf.matMul(row, tf.mul(column, tf.reshape(values, [csr.entries, 1])) as tf.Tensor2D, true);
    const x = normal('x', [csr.columns, 3]);
    assertSame(
      (of) => spmm(matrix, of as tf.Tensor2D),
      (of) => tf.matMul(dense(tf.tensor1d(csr.values!)), of as tf.Tensor2D),
      [x],
    );
    assertSame(
      (of, values) => spmm(matrix, of as tf.Tensor2D, values as tf.Tensor1D),
      (of, values) => tf.matMul(dense(values!), of as tf.Tensor2D),
      [x, normal('values', [csr.entries])],
    );
    assertSame(
      (of) => spmm(matrix.transposed, of as tf.Tensor2D),
      (of) => tf.matMul(dense(tf.tensor1d(csr.values!)), of as tf.Tensor2D, true),
      [normal('x', [csr.rows, 2])],
    );
  }));

test('every head has a product of its own, also along the transpose', () =>
  onEveryBackend((csr, matrix) => {
    const alpha = normal('alpha', [csr.entries, 2]);
    assertSame(
      (a, x) => spmmHeads(matrix, a as tf.Tensor2D, x as tf.Tensor3D),
      (a, x) => denseHeads(csr, a!, x!),
      [alpha, normal('x', [csr.columns, 2, 3])],
    );
  }));

test('products at the entries are those of the dense matrix there', () =>
  onEveryBackend((csr, matrix) => {
    const { row, column } = incidence(csr);
    const at = (places: tf.Tensor2D, x: tf.Tensor) =>
      tf.reshape(tf.matMul(places, tf.reshape(x, [x.shape[0]!, 6])), [csr.entries, 2, 3]);
    const [left, right] = [normal('left', [csr.rows, 2, 3]), normal('right', [csr.columns, 2, 3])];
    assertSame(
      (a, b) => sddmm(matrix, a as tf.Tensor3D, b as tf.Tensor3D),
      (a, b) => tf.sum(tf.mul(at(row, a!), at(column, b!)), 2),
      [left, right],
    );
    assertSame(
      (a, b) => sddmm(matrix.transposed, a as tf.Tensor3D, b as tf.Tensor3D),
      (a, b) => tf.sum(tf.mul(at(column, a!), at(row, b!)), 2),
      [right, left],
    );
  }));

test('the gradient of a gradient is the dense one', () =>
  onEveryBackend((csr, matrix) => {
    const x = normal('x', [csr.columns, 2, 3]);
    const slope = (f: (alpha: tf.Tensor) => tf.Tensor) => (alpha: tf.Tensor) =>
      tf.grad((at: tf.Tensor) => tf.sum(tf.square(f(at))))(alpha);
    assertSame(
      slope((alpha) => spmmHeads(matrix, alpha as tf.Tensor2D, x as tf.Tensor3D)),
      slope((alpha) => denseHeads(csr, alpha, x)),
      [normal('alpha', [csr.entries, 2])],
      2e-4,
    );
  }, 15));

test('entries of value 1 need no values', () => {
  const csr = Csr.fromEntries({ rows: 2, columns: 3, rowIndices: [0, 0, 1], columnIndices: [0, 2, 2] });
  const matrix = SparseMatrix.of(csr);
  assert.deepEqual(spmm(matrix, tf.tensor2d([[1], [10], [100]])).arraySync(), [[101], [100]]);
});

test('lengths that do not match are refused', () => {
  const matrix = SparseMatrix.of(Csr.fromEntries({ rows: 2, columns: 3, rowIndices: [0], columnIndices: [2] }));
  assert.throws(() => spmm(matrix, tf.zeros([2, 4])), /3 columns times 2 rows/);
  assert.throws(() => spmmHeads(matrix, tf.zeros([2, 1]), tf.zeros([3, 1, 2])), /expected \[1,1\]/);
  assert.throws(() => sddmm(matrix, tf.zeros([3, 1, 2]), tf.zeros([3, 1, 2])), /do not fit/);
});

test('a product keeps nothing behind', () => {
  const matrix = SparseMatrix.of(Csr.fromEntries({ rows: 2, columns: 2, rowIndices: [0, 1], columnIndices: [1, 0] }));
  const x = tf.ones<tf.Rank.R2>([2, 2]);
  const before = tf.memory().numTensors;
  tf.grad((at: tf.Tensor) => tf.sum(spmm(matrix, at as tf.Tensor2D)))(x).dispose();
  assert.equal(tf.memory().numTensors, before);
  matrix.dispose();
  assert.equal(tf.memory().numTensors, before - 5);
});
