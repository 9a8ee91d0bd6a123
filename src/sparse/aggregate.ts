import * as tf from '@tensorflow/tfjs';
import { differentiable, runSparse } from './kernel';
import type { SparseMatrix } from './matrix';
import { argMaxKernel, MAX, maxGradientKernel, reduceKernel, SUM, spreadKernel } from './rows';

/*
 * The rows of a sparse matrix as segments: what their entries have in total, on average, at most. A row without entries
 * gets 0. The matrix's values play no part.
 */

/** Numbers of the entries, [entries] or [entries, k], as a matrix. Throws RangeError for another length. */
export function perEntry(matrix: SparseMatrix, x: tf.Tensor): tf.Tensor2D {
  if (x.shape[0] !== matrix.entries || x.rank > 2)
    throw new RangeError(`expected [${matrix.entries}] or [${matrix.entries}, k], found [${x.shape}]`);
  return tf.reshape(x, [matrix.entries, x.shape[1] ?? 1]);
}

/** x [entries] or [entries, k] → [rows] or [rows, k]. */
export function segmentSum<T extends tf.Tensor1D | tf.Tensor2D>(matrix: SparseMatrix, x: T): T {
  return perRow(sumOfEntries(matrix, perEntry(matrix, x)), x);
}

export function segmentMean<T extends tf.Tensor1D | tf.Tensor2D>(matrix: SparseMatrix, x: T): T {
  return perRow(tf.mul(sumOfEntries(matrix, perEntry(matrix, x)), inverseDegrees(matrix)), x);
}

/** The gradient goes to the first of equal maxima. */
export function segmentMax<T extends tf.Tensor1D | tf.Tensor2D>(matrix: SparseMatrix, x: T): T {
  const { rows, entries, byRow } = matrix;
  const { pointers, order } = byRow;
  const scores = perEntry(matrix, x);
  const width = scores.shape[1];
  const result = differentiable(
    [scores],
    (of) => runSparse(reduceKernel, { kind: MAX, rows, width }, { pointers, index: order, x: of }),
    (dy, [of]) => {
      const chosen = runSparse(argMaxKernel, { rows, width }, { pointers, index: order, order, x: of });
      return [runSparse(maxGradientKernel, { rows, results: entries, width }, { pointers, order, chosen, dy })];
    },
    'inputs',
  );
  return perRow(result as tf.Tensor2D, x);
}

/** The sum over the columns that a row has entries in: x [columns, f] → [rows, f]. */
export function neighborSum(matrix: SparseMatrix, x: tf.Tensor2D): tf.Tensor2D {
  const { rows, columns, byRow } = matrix;
  const width = widthOf(columns, x);
  return differentiable(
    [x],
    (of) =>
      runSparse(reduceKernel, { kind: SUM, rows, width }, { pointers: byRow.pointers, index: byRow.indices, x: of }),
    (dy) => [neighborSum(matrix.transposed, dy as tf.Tensor2D)],
  ) as tf.Tensor2D;
}

export function neighborMean(matrix: SparseMatrix, x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(neighborSum(matrix, x), inverseDegrees(matrix));
}

/** The gradient goes to the first of equal maxima. */
export function neighborMax(matrix: SparseMatrix, x: tf.Tensor2D): tf.Tensor2D {
  const { rows, columns, byRow, byColumn } = matrix;
  const { pointers, indices: index, order } = byRow;
  const width = widthOf(columns, x);
  return differentiable(
    [x],
    (of) => runSparse(reduceKernel, { kind: MAX, rows, width }, { pointers, index, x: of }),
    (dy, [of]) => {
      const chosen = runSparse(argMaxKernel, { rows, width }, { pointers, index, order, x: of });
      return [runSparse(maxGradientKernel, { rows: columns, results: columns, width }, { ...byColumn, chosen, dy })];
    },
    'inputs',
  ) as tf.Tensor2D;
}

/** Every entry gets what its row has: x [rows] or [rows, k] → [entries] or [entries, k]. */
export function spread<T extends tf.Tensor1D | tf.Tensor2D>(matrix: SparseMatrix, x: T): T {
  const width = widthOf(matrix.rows, x);
  const result = spreadRows(matrix, tf.reshape(x, [matrix.rows, width]));
  return tf.reshape(result, [matrix.entries, ...x.shape.slice(1)]) as tf.Tensor as T;
}

function sumOfEntries(matrix: SparseMatrix, x: tf.Tensor2D): tf.Tensor2D {
  const { pointers, order } = matrix.byRow;
  const sizes = { kind: SUM, rows: matrix.rows, width: x.shape[1] };
  return differentiable(
    [x],
    (of) => runSparse(reduceKernel, sizes, { pointers, index: order, x: of }),
    (dy) => [spreadRows(matrix, dy as tf.Tensor2D)],
  ) as tf.Tensor2D;
}

function spreadRows(matrix: SparseMatrix, x: tf.Tensor2D): tf.Tensor2D {
  const { rows, entries, byRow } = matrix;
  const { pointers, order } = byRow;
  return differentiable(
    [x],
    (of) => runSparse(spreadKernel, { rows, entries, width: x.shape[1] }, { pointers, order, x: of }),
    (dy) => [sumOfEntries(matrix, dy as tf.Tensor2D)],
  ) as tf.Tensor2D;
}

/** 1 / the number of entries of each row, [rows, 1]; of none, 1. */
function inverseDegrees({ rows, byRow: { pointers } }: SparseMatrix): tf.Tensor2D {
  const degrees = tf.sub(tf.slice(pointers, 1, rows), tf.slice(pointers, 0, rows));
  return tf.reshape(tf.div(1, tf.maximum(tf.cast(degrees, 'float32'), 1)), [rows, 1]);
}

function perRow<T extends tf.Tensor>(result: tf.Tensor2D, like: T): T {
  return tf.reshape(result, [result.shape[0], ...like.shape.slice(1)]) as tf.Tensor as T;
}

function widthOf(length: number, { shape }: tf.Tensor): number {
  if (shape[0] !== length) throw new RangeError(`expected a tensor of ${length} rows, found [${shape}]`);
  return shape[1] ?? 1;
}
