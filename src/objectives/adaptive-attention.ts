import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf, tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { parameter } from '../core/params';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { crossEntropy, kl } from '../math/divergence';
import { stopGradient } from '../math/gradient';
import { glorotUniform } from '../models/parts/initializers';
import { mixture, severalTeachers } from './parts/several-teachers';
import { tapShapes } from './parts/taps';

/**
 * After Liu, Zhang, Wang, "Adaptive Multi-Teacher Multi-level Knowledge Distillation", 2020 (arXiv:2103.04062), eq. 2 to 4:
 * each teacher has a learned factor θ_k that meets the student's features of the example, w = softmax_k(θ_k·f/√d) (the paper's vector v is one with θ); the
 * student learns from the mixture Σ_k w_k·p_k. Here w itself is trained by the labels' likelihood under the mixture, not
 * through the student's divergence, which a wrong but easy teacher would win. Features [n,d] or maps (their largest values
 * over the grid) → terms `soft`, `pool` [n].
 */
export default objective({
  description: 'several teachers, weighted example by example by learned attention (AMTML, Liu 2020)',
  paper: 'arXiv:2103.04062',
  options: section({
    features: z.string().default('dense').describe('tap of the student that the attention reads'),
    temperature: schedule({ exclusiveMin: 0 }).default(4),
  }),
  build: ({ features, temperature }, place) => {
    const count = severalTeachers(place, 'adaptive-attention');
    const width = tapShapes(place, 'adaptive-attention', { student: features, teacher: 'logits' }).student.at(-1)!;
    const factors = parameter('factors', [width, count], glorotUniform(place.rng, 'factors', [width, count]));
    return {
      needs: { student: [features], teacher: ['logits'] },
      teachers: count,
      coupling: 'example',
      params: { factors },
      loss: (student, lesson, at) => {
        const T = at.value(temperature);
        const read = stopGradient(tapOf<tf.Tensor>(student, features));
        const rows = (read.rank === 4 ? tf.max(read, [1, 2]) : read) as tf.Tensor2D;
        const scores = tf.matMul<tf.Tensor2D>(rows, factors as tf.Tensor as tf.Tensor2D);
        const weights = tf.softmax(tf.div<tf.Tensor2D>(scores, Math.sqrt(width)));
        const soft = kl(mixture(lesson, stopGradient(weights), T), tf.div(student.logits, T));
        return {
          soft: tf.mul<tf.Tensor1D>(soft, tf.square(T)),
          pool: crossEntropy(mixture(lesson, weights, 1), labelsOf(lesson.batch, 'adaptive-attention')),
        };
      },
    };
  },
});
