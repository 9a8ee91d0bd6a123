import * as tf from '@tensorflow/tfjs';
import { perEntry, segmentSum } from './aggregate';
import { differentiable, runSparse } from './kernel';
import type { SparseMatrix } from './matrix';
import { scoresKernel, softmaxGradientKernel, softmaxKernel } from './rows';

/**
 * left[row] + right[column] of every entry: left [rows,h], right [columns,h] → [entries,h]. What a graph attention layer
 * scores its edges by (Veličković et al. 2018), the dot products with its vector already taken at the nodes.
 */
export function edgeScores(matrix: SparseMatrix, left: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor2D {
  const { rows, columns, entries, byRow } = matrix;
  const [length, width] = left.shape;
  if (length !== rows || right.shape.join() !== [columns, width].join())
    throw new RangeError(`scores of ${rows} rows and ${columns} columns, found [${left.shape}] and [${right.shape}]`);
  return differentiable(
    [left, right],
    (a, b) => runSparse(scoresKernel, { rows, entries, width }, { ...byRow, left: a, right: b }),
    (dy) => [segmentSum(matrix, dy as tf.Tensor2D), segmentSum(matrix.transposed, dy as tf.Tensor2D)],
  ) as tf.Tensor2D;
}

/** Softmax over the entries of each row, of every head by itself: x [entries] or [entries,h] → the same shape. */
export function segmentSoftmax<T extends tf.Tensor1D | tf.Tensor2D>(matrix: SparseMatrix, x: T): T {
  const { rows, entries, byRow } = matrix;
  const { pointers, order } = byRow;
  const scores = perEntry(matrix, x);
  const sizes = { rows, entries, width: scores.shape[1] };
  const result = differentiable(
    [scores],
    (of) => runSparse(softmaxKernel, sizes, { pointers, order, x: of }),
    (dy, [y]) => [runSparse(softmaxGradientKernel, sizes, { pointers, order, y, dy })],
    'result',
  );
  return tf.reshape(result, x.shape) as tf.Tensor as T;
}
