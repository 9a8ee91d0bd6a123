import * as tf from '@tensorflow/tfjs';
import { segmentSum } from '../src/sparse/aggregate';
import type { SparseMatrix } from '../src/sparse/matrix';

/** Below this a probability counts as this in a logarithm. */
const LEAST = 1e-12;

/** KL(p ‖ q) of the distributions along each row's entries, p and q [entries] → [rows]; 0 for a row without entries. */
export function rowDivergence(matrix: SparseMatrix, p: tf.Tensor1D, q: tf.Tensor1D): tf.Tensor1D {
  const log = (x: tf.Tensor1D) => tf.log(tf.maximum(x, LEAST));
  return segmentSum(matrix, tf.mul(p, tf.sub(log(p), log(q))) as tf.Tensor1D);
}
