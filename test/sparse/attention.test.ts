import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { edgeScores, segmentSoftmax } from '../../src/sparse/attention';
import { Csr } from '../../src/sparse/csr';
import { SparseMatrix } from '../../src/sparse/matrix';
import { assertSame, incidence, normal, onEveryBackend, useBackends } from './dense';

before(useBackends);

test('the scores of edges are sums of their ends', () =>
  onEveryBackend((csr, matrix) => {
    const { row, column } = incidence(csr);
    const [left, right] = [normal('left', [csr.rows, 2]), normal('right', [csr.columns, 2])];
    const dense = (a: tf.Tensor, b: tf.Tensor) =>
      tf.add(tf.matMul(row, a as tf.Tensor2D), tf.matMul(column, b as tf.Tensor2D));
    assertSame(
      (a, b) => edgeScores(matrix, a as tf.Tensor2D, b as tf.Tensor2D),
      (a, b) => dense(a!, b!),
      [left, right],
    );
    assertSame(
      (a, b) => edgeScores(matrix.transposed, a as tf.Tensor2D, b as tf.Tensor2D),
      (a, b) => dense(b!, a!),
      [right, left],
    );
  }));

test('softmax over the entries of a row is the dense one', () =>
  onEveryBackend((csr, matrix) => {
    const { row, column } = incidence(csr);
    const dense = (places: tf.Tensor2D) => (x: tf.Tensor | undefined) => {
      const e = tf.exp(x!) as tf.Tensor2D;
      return tf.div(e, tf.matMul(places, tf.matMul(places, e, true)));
    };
    const x = normal('x', [csr.entries, 2]);
    assertSame((of) => segmentSoftmax(matrix, of as tf.Tensor2D), dense(row), [x]);
    assertSame((of) => segmentSoftmax(matrix.transposed, of as tf.Tensor2D), dense(column), [x]);
  }));

test('softmax of large scores is finite, and one number an entry will do', () => {
  const csr = Csr.fromEntries({ rows: 2, columns: 2, rowIndices: [0, 0, 1], columnIndices: [0, 1, 0] });
  const weights = segmentSoftmax(SparseMatrix.of(csr), tf.tensor1d([1000, 1000, -1000]));
  assert.deepEqual(weights.shape, [3]);
  assert.deepEqual([...weights.dataSync()], [0.5, 0.5, 1]);
});

test('scores of another shape are refused', () => {
  const matrix = SparseMatrix.of(Csr.fromEntries({ rows: 2, columns: 3, rowIndices: [0], columnIndices: [2] }));
  assert.throws(() => edgeScores(matrix, tf.zeros([2, 1]), tf.zeros([3, 2])), /2 rows and 3 columns/);
});
