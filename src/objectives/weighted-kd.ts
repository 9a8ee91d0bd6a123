import * as tf from '@tensorflow/tfjs';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { parameter } from '../core/params';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { crossEntropy, kl } from '../math/divergence';
import { stopGradient } from '../math/gradient';
import { mixture, severalTeachers } from './parts/several-teachers';

/**
 * Learned weights: w = softmax(θ) is trained to make the mixture Σ_k w_k·p_k of the teachers predict the labels (a linear
 * opinion pool, Genest and Zidek 1986), the student by T²·KL(mixture ‖ p_s). Were θ trained by the student's loss it would
 * choose the teacher that is easiest to follow. logits [n,c] of K ≥ 2 teachers → terms `soft`, `pool` [n].
 */
export default objective({
  description: 'several teachers weighted as their mixture predicts the labels best, one weight each',
  options: section({ temperature: schedule({ exclusiveMin: 0 }).default(4) }),
  build: ({ temperature }, place) => {
    const count = severalTeachers(place, 'weighted-kd');
    const theta = parameter('teacherWeights', [1, count], new Float32Array(count));
    return {
      needs: { teacher: ['logits'] },
      teachers: count,
      coupling: 'example',
      params: { teacherWeights: theta },
      loss: (student, lesson, at) => {
        const T = at.value(temperature);
        const weights = tf.softmax(theta as tf.Tensor as tf.Tensor2D);
        const soft = kl(mixture(lesson, stopGradient(weights), T), tf.div(student.logits, T));
        return {
          soft: tf.mul<tf.Tensor1D>(soft, tf.square(T)),
          pool: crossEntropy(mixture(lesson, weights, 1), labelsOf(lesson.batch, 'weighted-kd')),
        };
      },
    };
  },
});
