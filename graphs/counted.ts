import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../src/core/types';
import type { SparseMatrix } from '../src/sparse/matrix';

/*
 * A batch drawn from a graph holds nodes that do not count themselves: neighbours of those that do, and padding. What
 * compares a node with all others, or averages over edges, must leave them out.
 */

/** 1 where a node counts: [nodes]. */
export function countedOf({ mask, size }: Batch): tf.Tensor1D {
  return mask ?? tf.ones<tf.Rank.R1>([size]);
}

/** The mean over the columns that count: x [n, nodes] → [n]. */
export function meanOverCounted(x: tf.Tensor2D, batch: Batch): tf.Tensor1D {
  const counted = countedOf(batch);
  return tf.div<tf.Tensor1D>(tf.sum(tf.mul(x, counted), 1), tf.maximum(tf.sum(counted), 1));
}

/** The mean over the rows that count: x [nodes, width] → [width]. */
export function rowMean(x: tf.Tensor2D, batch: Batch): tf.Tensor1D {
  const counted = countedOf(batch);
  const sums = tf.sum<tf.Tensor1D>(tf.mul(x, tf.reshape(counted, [-1, 1])), 0);
  return tf.div(sums, tf.maximum(tf.sum(counted), 1));
}

/** What sums along rows are multiplied by, so that their mean over the nodes that count is the mean over the entries there. */
export function perEdge({ rows, byRow: { pointers } }: SparseMatrix, batch: Batch): tf.Scalar {
  const degrees = tf.cast(tf.sub(tf.slice(pointers, 1, rows), tf.slice(pointers, 0, rows)), 'float32');
  const counted = countedOf(batch);
  return tf.div(tf.sum(counted), tf.maximum(tf.sum(tf.mul(counted, degrees)), 1));
}
