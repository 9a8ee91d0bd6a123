import * as tf from '@tensorflow/tfjs';
import { perEntry } from './aggregate';
import { differentiable, runSparse, sparseKernel } from './kernel';
import type { SparseMatrix } from './matrix';

/** out[r,h,:] = Σ over the places p of row r of values[order[p],h] · x[indices[p],h,:]. */
const spmmKernel = sparseKernel({
  name: 'spmm',
  sizes: ['rows', 'heads', 'width'],
  inputs: ['pointers', 'indices', 'order', 'values', 'x'],
  shape: ({ rows, heads, width }) => [rows, heads, width],
  compute: ({ rows, heads, width }, { pointers, indices, order, values, x }, out) => {
    for (let row = 0; row < rows; row++)
      for (let place = pointers[row]!; place < pointers[row + 1]!; place++)
        for (let head = 0; head < heads; head++) {
          const value = values ? values[(order ? order[place]! : place) * heads + head]! : 1;
          const to = (row * heads + head) * width;
          const from = (indices[place]! * heads + head) * width;
          for (let i = 0; i < width; i++) out[to + i]! += value * x[from + i]!;
        }
  },
});

/** out[order[p],h] = Σ over i of left[r,h,i] · right[indices[p],h,i], for the places p of every row r. */
const sddmmKernel = sparseKernel({
  name: 'sddmm',
  sizes: ['rows', 'entries', 'heads', 'width'],
  inputs: ['pointers', 'indices', 'order', 'left', 'right'],
  shape: ({ entries, heads }) => [entries, heads],
  compute: ({ rows, heads, width }, { pointers, indices, order, left, right }, out) => {
    for (let row = 0; row < rows; row++)
      for (let place = pointers[row]!; place < pointers[row + 1]!; place++)
        for (let head = 0; head < heads; head++) {
          const a = (row * heads + head) * width;
          const b = (indices[place]! * heads + head) * width;
          let sum = 0;
          for (let i = 0; i < width; i++) sum += left[a + i]! * right[b + i]!;
          out[(order ? order[place]! : place) * heads + head] = sum;
        }
  },
});

/**
 * Σ of weights · x along rows, as `spmmKernel`: x [columns,h,f]; the weights are `values` [entries,h], which have a
 * gradient, or the matrix's own, or 1.
 */
function multiply(
  matrix: SparseMatrix,
  x: tf.Tensor3D,
  weights: 'own' | 'ones' | { readonly values: tf.Tensor2D },
): tf.Tensor3D {
  const { rows, columns, byRow } = matrix;
  const [length, heads, width] = x.shape;
  if (length !== columns)
    throw new RangeError(`a matrix of ${columns} columns times ${length} rows: they must be the same number`);
  const run = (of: tf.Tensor | undefined, values: tf.Tensor | undefined) =>
    runSparse(spmmKernel, { rows, heads, width }, { ...byRow, values, x: of });
  const result =
    typeof weights === 'string'
      ? differentiable(
          [x],
          (of) => run(of, weights === 'own' ? matrix.values : undefined),
          (dy) => [multiply(matrix.transposed, dy as tf.Tensor3D, weights)],
        )
      : differentiable(
          [x, weights.values],
          run,
          (dy, [of, values]) => [
            multiply(matrix.transposed, dy as tf.Tensor3D, { values: values as tf.Tensor2D }),
            sddmm(matrix, dy as tf.Tensor3D, of as tf.Tensor3D),
          ],
          'inputs',
        );
  return result as tf.Tensor3D;
}

/**
 * A · x: [rows, columns] × [columns, f] → [rows, f]. `values` [entries] take the place of the matrix's own and have a
 * gradient. Without them only x has one, Aᵀ · dy. Throws RangeError where the lengths do not match.
 */
export function spmm(matrix: SparseMatrix, x: tf.Tensor2D, values?: tf.Tensor1D): tf.Tensor2D {
  const [length, width] = x.shape;
  const weights = values === undefined ? 'own' : { values: perEntry(matrix, values) };
  return tf.reshape(multiply(matrix, tf.reshape(x, [length, 1, width]), weights), [matrix.rows, width]);
}

/**
 * One product for each attention head: alpha [entries, h] and x [columns, h, f] → [rows, h, f], with gradients for
 * both (Veličković et al. 2018). The matrix's own values play no part.
 */
export function spmmHeads(matrix: SparseMatrix, alpha: tf.Tensor2D, x: tf.Tensor3D): tf.Tensor3D {
  if (alpha.shape[0] !== matrix.entries || alpha.shape[1] !== x.shape[1])
    throw new RangeError(
      `alpha has shape [${alpha.shape}], expected [${matrix.entries},${x.shape[1]}]: entries and heads`,
    );
  return multiply(matrix, x, { values: alpha });
}

/**
 * The products left · rightᵀ at the entries of a matrix alone: left [rows,h,f], right [columns,h,f] → [entries,h], with
 * gradients for both. The matrix's values play no part.
 */
export function sddmm(matrix: SparseMatrix, left: tf.Tensor3D, right: tf.Tensor3D): tf.Tensor2D {
  const { rows, columns, entries, byRow } = matrix;
  const [length, heads, width] = right.shape;
  if (length !== columns || left.shape.join() !== [rows, heads, width].join())
    throw new RangeError(
      `left [${left.shape}] and right [${right.shape}] do not fit a matrix of ${rows} rows and ${columns} columns`,
    );
  return differentiable(
    [left, right],
    (a, b) => runSparse(sddmmKernel, { rows, entries, heads, width }, { ...byRow, left: a!, right: b! }),
    (dy, [a, b]) => [
      multiply(matrix, b as tf.Tensor3D, { values: dy as tf.Tensor2D }),
      multiply(matrix.transposed, a as tf.Tensor3D, { values: dy as tf.Tensor2D }),
    ],
    'inputs',
  ) as tf.Tensor2D;
}
