import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../core/errors';
import type { ObjectivePlace } from '../../core/objective';
import type { Lesson } from '../../core/types';
import { crossEntropy, kl, logSoftmax } from '../../math/divergence';

/** How many teachers there are; throws KdlabError where they are fewer than two. */
export function severalTeachers({ teachers }: ObjectivePlace, asker: string): number {
  if (teachers.length >= 2) return teachers.length;
  throw new KdlabError(
    `${asker} learns from several teachers, found ${teachers.length}; name two or more (experiment lineage), or use kd for one`,
  );
}

/** KL(p_k ‖ p_s)·T² of every teacher k: [n,K]. */
export function divergences({ teachers }: Lesson, student: tf.Tensor2D, T: tf.Scalar): tf.Tensor2D {
  const each = teachers.map(({ logits }) => kl(logits, student, { temperature: T }));
  return tf.mul(tf.stack(each, 1) as tf.Tensor2D, tf.square(T));
}

/** The cross-entropy of every teacher with the labels: [n,K]. */
export function teacherErrors({ teachers }: Lesson, labels: tf.Tensor1D): tf.Tensor2D {
  return tf.stack(
    teachers.map(({ logits }) => crossEntropy(logits, labels)),
    1,
  ) as tf.Tensor2D;
}

/** log Σ_k w_k·p_k of the teachers at a temperature, weights [n,K] or [1,K] that sum to 1: [n,c]. */
export function mixture({ teachers }: Lesson, weights: tf.Tensor2D, T: tf.Scalar | number): tf.Tensor2D {
  const logs = teachers.map(({ logits }, k) => {
    const weight = tf.slice(weights, [0, k], [weights.shape[0], 1]);
    return tf.add<tf.Tensor2D>(logSoftmax(logits, T), tf.log(tf.maximum(weight, 1e-12)));
  });
  return tf.logSumExp(tf.stack(logs), 0);
}
