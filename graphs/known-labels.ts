import * as tf from '@tensorflow/tfjs';
import { labelsOf } from '../src/core/lesson';
import type { Batch } from '../src/core/types';
import { crossEntropy } from '../src/math/divergence';

/**
 * Cross-entropy of the nodes whose label the batch knows (≥ 0), scaled so that its mean over the nodes that count is the
 * mean over those labelled. logits [n,c] → [n], 0 where the label is −1.
 */
export function knownCrossEntropy(logits: tf.Tensor2D, batch: Batch, asker: string): tf.Tensor1D {
  const labels = labelsOf(batch, asker);
  const known = knownOf(labels);
  const counted = batch.mask ?? tf.ones<tf.Rank.R1>([batch.size]);
  const share = tf.div<tf.Scalar>(tf.sum(counted), tf.maximum(tf.sum(tf.mul(counted, known)), 1));
  return tf.mul<tf.Tensor1D>(tf.mul<tf.Tensor1D>(crossEntropy(logits, labels), known), share);
}

/** 1 where a label is known, 0 where it is −1. */
export function knownOf(labels: tf.Tensor1D): tf.Tensor1D {
  return tf.cast(tf.greaterEqual<tf.Tensor1D>(labels, 0), 'float32');
}
