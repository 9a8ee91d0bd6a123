import * as tf from '@tensorflow/tfjs';

/** Subtracted from a logit, this leaves its class a probability of exactly 0 in float32. */
const REMOVED = 1000;

/** Logits whose softmax is that over the classes other than the label's: [n,c], labels [n] → [n,c]. */
export function withoutTarget(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor2D {
  return tf.sub(logits, tf.mul(tf.oneHot(labels, logits.shape[1]), REMOVED));
}

/** log softmax(z)[y] and log(1 − softmax(z)[y]), both exact far from 1/2: [n,c], labels [n] → [n] each. */
export function targetAgainstRest(
  logits: tf.Tensor2D,
  labels: tf.Tensor1D,
): { target: tf.Tensor1D; rest: tf.Tensor1D } {
  const all = tf.logSumExp<tf.Tensor1D>(logits, 1);
  const own = tf.sum<tf.Tensor1D>(tf.mul(tf.oneHot(labels, logits.shape[1]), logits), 1);
  return {
    target: tf.sub(own, all),
    rest: tf.sub(tf.logSumExp<tf.Tensor1D>(withoutTarget(logits, labels), 1), all),
  };
}

/** KL of (p_y, 1 − p_y) of teacher and student: [n,c] both, labels [n] → [n]. */
export function targetKl(teacher: tf.Tensor2D, student: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const [t, s] = [targetAgainstRest(teacher, labels), targetAgainstRest(student, labels)];
  const part = (side: 'target' | 'rest') => tf.mul(tf.exp(t[side]), tf.sub(t[side], s[side]));
  return tf.add(part('target'), part('rest'));
}
