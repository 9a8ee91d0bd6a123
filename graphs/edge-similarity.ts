import * as tf from '@tensorflow/tfjs';
import { unitRows } from '../src/math/similarity';
import { edgeScores } from '../src/sparse/attention';
import type { SparseMatrix } from '../src/sparse/matrix';
import { sddmm } from '../src/sparse/product';

export const KERNELS = ['linear', 'polynomial', 'rbf', 'l2', 'cosine'] as const;
export type Kernel = (typeof KERNELS)[number];

/**
 * How alike the two ends of every entry are: z [nodes, width] → [entries]. linear z_i·z_j; polynomial (z_i·z_j)²; rbf
 * exp(−‖z_i − z_j‖²/2σ²); l2 ‖z_i − z_j‖²; cosine.
 */
export function edgeSimilarity(matrix: SparseMatrix, z: tf.Tensor2D, kernel: Kernel, sigma = 1): tf.Tensor1D {
  if (kernel === 'cosine') return edgeProducts(matrix, unitRows(z), unitRows(z));
  const dots = edgeProducts(matrix, z, z);
  if (kernel === 'linear') return dots;
  if (kernel === 'polynomial') return tf.square(dots);
  const squares = tf.sum<tf.Tensor2D>(tf.square(z), 1, true);
  const sums: tf.Tensor1D = tf.reshape(edgeScores(matrix, squares, squares), [-1]);
  // Rounding must not make a distance negative.
  const between = tf.sub<tf.Tensor1D>(sums, tf.mul<tf.Tensor1D>(dots, 2));
  const distances = tf.relu<tf.Tensor1D>(between);
  return kernel === 'l2' ? distances : tf.exp<tf.Tensor1D>(tf.mul<tf.Tensor1D>(distances, -1 / (2 * sigma ** 2)));
}

/** left_i · right_j of every entry: [rows, width] and [columns, width] → [entries]. */
export function edgeProducts(matrix: SparseMatrix, left: tf.Tensor2D, right: tf.Tensor2D): tf.Tensor1D {
  const rows = (z: tf.Tensor2D) => tf.reshape(z, [z.shape[0], 1, z.shape[1]]) as tf.Tensor3D;
  return tf.reshape(sddmm(matrix, rows(left), rows(right)), [-1]) as tf.Tensor as tf.Tensor1D;
}
