import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { divergences, severalTeachers } from './parts/several-teachers';

/**
 * You, Xu, Xu, Tao, "Learning from Multiple Teacher Networks", KDD 2017, with the divergences averaged and not the
 * predictions: Σ_k w_k·T²·KL(p_k ‖ p_s), w_k = 1/K unless told. As the gradient is linear in the teachers, it is that of the
 * weighted mean of their probabilities. logits [n,c] of K ≥ 2 teachers → term `soft` [n].
 */
export default objective({
  description: 'mean of the divergences to several teachers (You 2017)',
  paper: 'KDD 2017, Learning from Multiple Teacher Networks',
  options: section({
    temperature: schedule({ exclusiveMin: 0 }).default(4),
    weights: z.array(z.number().min(0)).optional().describe('of the teachers in their order; default: all the same'),
  }),
  build: ({ temperature, weights }, place) => {
    const count = severalTeachers(place, 'average-kd');
    const given = weights ?? new Array<number>(count).fill(1);
    const sum = given.reduce((a, b) => a + b, 0);
    return {
      needs: { teacher: ['logits'] },
      teachers: count,
      coupling: 'example',
      loss: (student, lesson, at) => {
        const each = divergences(lesson, student.logits, at.value(temperature));
        const shares = tf.tensor1d(given.map((weight) => weight / sum));
        return { soft: tf.sum<tf.Tensor1D>(tf.mul(each, shares), 1) };
      },
    };
  },
});
