import * as tf from '@tensorflow/tfjs';
import { logSoftmax } from '../src/math/divergence';
import { neighborSum, segmentSum } from '../src/sparse/aggregate';
import { edgeScores } from '../src/sparse/attention';
import type { SparseMatrix } from '../src/sparse/matrix';

/*
 * Wu et al. 2023 (arXiv:2305.10758), section 4: what a teacher's predictions have in common along edges (low frequencies) and
 * what they differ by (high ones). Both sums are over the entries of a row; `perEdge` makes their
 * mean over nodes the mean over edges. Entries are (node, neighbour); with self loops the node is its own neighbour.
 */

/** Σ_j KL(t_j ‖ s_i) over the entries of each row i; logits [n,c] → [n]. No entry needs its own room. */
export function lowFrequency(
  matrix: SparseMatrix,
  teacher: tf.Tensor2D,
  student: tf.Tensor2D,
  temperature: number | tf.Scalar,
): tf.Tensor1D {
  const logTeacher = logSoftmax(teacher, temperature);
  const target = tf.exp(logTeacher);
  const negentropy = tf.sum<tf.Tensor2D>(tf.mul(target, logTeacher), 1, true);
  const crossed = tf.sum<tf.Tensor1D>(tf.mul(neighborSum(matrix, target), logSoftmax(student, temperature)), 1);
  const own = tf.reshape<tf.Rank.R1>(neighborSum(matrix, negentropy), [-1]);
  return tf.sub(own, crossed);
}

/** Σ_j KL(softmax(|t_i − t_j|/τ) ‖ softmax(|s_i − s_j|/τ)), the softmax over the classes; logits [n,c] → [n]. */
export function highFrequency(
  matrix: SparseMatrix,
  teacher: tf.Tensor2D,
  student: tf.Tensor2D,
  temperature: number | tf.Scalar,
): tf.Tensor1D {
  const differences = (z: tf.Tensor2D) => logSoftmax(tf.abs(edgeScores(matrix, z, tf.neg(z))), temperature);
  const target = differences(teacher);
  const divergence = tf.sum<tf.Tensor1D>(tf.mul(tf.exp(target), tf.sub(target, differences(student))), 1);
  return segmentSum(matrix, divergence);
}
