import * as tf from '@tensorflow/tfjs';

/**
 * Throws RangeError naming both shapes where student and teacher disagree; tfjs would broadcast some of them
 * silently.
 */
export function checkSameShape(teacher: tf.Tensor, student: tf.Tensor, what: string): void {
  if (teacher.shape.length === student.shape.length && teacher.shape.every((size, i) => size === student.shape[i]))
    return;
  throw new RangeError(
    `${what}: the teacher has shape [${teacher.shape}], the student [${student.shape}]; expected equal shapes. ` +
      'Give both models the same number of classes, or use an objective that maps between them.',
  );
}

/** Row-wise log-softmax at a temperature. logits [n,c] → [n,c]. */
export function logSoftmax(logits: tf.Tensor2D, temperature: number | tf.Scalar = 1): tf.Tensor2D {
  return tf.logSoftmax(temperature === 1 ? logits : tf.div<tf.Tensor2D>(logits, temperature));
}

/**
 * Cross-entropy with integer labels, one number per example: −log softmax(z)[y].
 * logits [n,c], labels int32 [n] → [n].
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Tensor1D {
  const oneHot = tf.oneHot(labels, logits.shape[1]);
  return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(oneHot, logSoftmax(logits)), 1));
}

/**
 * KL(p_t ‖ p_s) of the softened distributions, one number per example (no T² factor).
 * Both logits [n,c] → [n]. `studentTemperature` differs where only the teacher is sharpened (Rusu et al. 2016).
 */
export function kl(
  teacherLogits: tf.Tensor2D,
  studentLogits: tf.Tensor2D,
  options: { temperature?: number | tf.Scalar; studentTemperature?: number | tf.Scalar } = {},
): tf.Tensor1D {
  const { temperature = 1, studentTemperature = temperature } = options;
  checkSameShape(teacherLogits, studentLogits, 'KL divergence of logits');
  const logTeacher = logSoftmax(teacherLogits, temperature);
  const logStudent = logSoftmax(studentLogits, studentTemperature);
  return tf.sum(tf.mul(tf.exp(logTeacher), tf.sub(logTeacher, logStudent)), 1);
}

/** Entropy of softmax(z), one number per example. logits [n,c] → [n]. */
export function entropy(logits: tf.Tensor2D): tf.Tensor1D {
  const logProbabilities = logSoftmax(logits);
  return tf.neg(tf.sum<tf.Tensor1D>(tf.mul(tf.exp(logProbabilities), logProbabilities), 1));
}

/** Mean squared difference over the trailing axes, one number per example. [n,…] × [n,…] → [n]. */
export function meanSquaredError(teacher: tf.Tensor, student: tf.Tensor): tf.Tensor1D {
  checkSameShape(teacher, student, 'squared error');
  const perElement = tf.squaredDifference(teacher, student);
  return tf.mean(tf.reshape(perElement, [perElement.shape[0]!, -1]), 1);
}
