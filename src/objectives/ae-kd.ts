import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../core/errors';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { stopGradient } from '../math/gradient';
import { divergences, severalTeachers } from './parts/several-teachers';

/**
 * Du, You, Li, Wu, Wang, Qian, Zhang, "Agree to Disagree: Adaptive Ensemble Knowledge Distillation in Gradient Space", 2020
 *, NeurIPS, section 3: Σ_k α_k·T²·KL(p_k ‖ p_s), α of least ½‖Σ_k α_k·g_k‖² under Σα = 1, 0 ≤ α ≤ C, where g_k is
 * the gradient by the student's logits, T·(p_s − p_k): the step that all teachers can agree to. Solved for each example by
 * Frank and Wolfe's method. C = 1/K is the average, C = 1 leaves out whom the others disagree with.
 * logits [n,c] of K ≥ 2 teachers → term `soft` [n].
 */
export default objective({
  description: 'several teachers, weighted for the step that all agree to (AE-KD, Du 2020)',
  paper: 'NeurIPS 2020, Agree to Disagree',
  options: section({
    temperature: schedule({ exclusiveMin: 0 }).default(4),
    most: z.number().gt(0).max(1).default(0.6).describe('C, the largest weight of one teacher'),
    iterations: z.number().int().positive().default(16).describe('of Frank and Wolfe’s method'),
  }),
  build: ({ temperature, most, iterations }, place) => {
    const count = severalTeachers(place, 'ae-kd');
    if (most * count < 1)
      throw new KdlabError(`ae-kd: ${count} weights of at most ${most} cannot sum to 1; expected most ≥ ${1 / count}`);
    return {
      needs: { teacher: ['logits'] },
      teachers: count,
      coupling: 'example',
      loss: (student, lesson, at) => {
        const T = at.value(temperature);
        const softened = (logits: tf.Tensor2D) => tf.softmax(tf.div<tf.Tensor2D>(logits, T));
        const own = softened(stopGradient(student.logits));
        const gradients = tf.stack(
          lesson.teachers.map(({ logits }) => tf.sub(own, softened(logits))),
          1,
        ) as tf.Tensor3D;
        const weights = leastNorm(tf.matMul(gradients, gradients, false, true), most, iterations);
        return { soft: tf.sum<tf.Tensor1D>(tf.mul(weights, divergences(lesson, student.logits, T)), 1) };
      },
    };
  },
});

/** α of least αᵀGα for each Gram matrix G [n,K,K], Σα = 1, 0 ≤ α ≤ `most`: [n,K]. */
function leastNorm(gram: tf.Tensor3D, most: number, iterations: number): tf.Tensor2D {
  const [n, count] = gram.shape;
  const times = (x: tf.Tensor2D) => tf.sum<tf.Tensor2D>(tf.mul(gram, tf.expandDims(x, 1)), 2);
  let alpha = tf.fill([n, count], 1 / count) as tf.Tensor2D;
  for (let step = 0; step < iterations; step++) {
    const slope = times(alpha);
    const towards = tf.sub<tf.Tensor2D>(cheapest(slope, most), alpha);
    const curvature = tf.sum(tf.mul(towards, times(towards)), 1, true);
    const descent = tf.neg(tf.sum(tf.mul(towards, slope), 1, true));
    const length = tf.clipByValue(tf.div(descent, tf.maximum(curvature, 1e-12)), 0, 1);
    alpha = tf.add(alpha, tf.mul(towards, length));
  }
  return alpha;
}

/** The corner of {Σα = 1, 0 ≤ α ≤ most} of least cost: `most` to the cheapest each, what is left to the next. [n,K] → [n,K]. */
function cheapest(costs: tf.Tensor2D, most: number): tf.Tensor2D {
  const count = costs.shape[1];
  const [own, other] = [tf.expandDims(costs, 2), tf.expandDims(costs, 1)];
  // Of equal costs the earlier comes first.
  const earlier = tf.tensor2d(
    Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => (j < i ? 1 : 0))),
  );
  const less = tf.cast(tf.less(other, own), 'float32');
  const tied = tf.mul(tf.cast(tf.equal(other, own), 'float32'), earlier);
  const rank = tf.sum<tf.Tensor2D>(tf.add(less, tied), 2);
  return tf.clipByValue(tf.sub<tf.Tensor2D>(1, tf.mul(rank, most)), 0, most);
}
