import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { checkSameShape, logSoftmax } from '../math/divergence';

/**
 * Generalised Jensen–Shannon divergence, Agarwal et al. 2023 (GKD, arXiv:2306.13649), eq. 1:
 * β·KL(p_t ‖ m) + (1 − β)·KL(p_s ‖ m) with m = β·p_t + (1 − β)·p_s, times T². Bounded by the entropy of (β, 1 − β); divided
 * by β it tends to KL(p_t ‖ p_s) as β → 0, divided by 1 − β to KL(p_s ‖ p_t) as β → 1. logits [n,c] → term `js` [n].
 */
export default objective({
  description: 'generalised Jensen–Shannon divergence of the predictions (GKD, Agarwal 2023)',
  paper: 'arXiv:2306.13649',
  options: section({
    beta: z.number().gt(0).lt(1).default(0.5).describe('the teacher’s share of the mixture'),
    temperature: schedule({ exclusiveMin: 0 }).default(1),
  }),
  build: ({ beta, temperature }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }, at) => {
      const T = at.value(temperature);
      checkSameShape(teachers[0]!.logits, student.logits, 'Jensen–Shannon divergence');
      const [t, s] = [logSoftmax(teachers[0]!.logits, T), logSoftmax(student.logits, T)];
      const parts = [tf.add<tf.Tensor2D>(t, Math.log(beta)), tf.add<tf.Tensor2D>(s, Math.log(1 - beta))];
      const mixture = tf.logSumExp<tf.Tensor2D>(tf.stack(parts), 0);
      const toMixture = (log: tf.Tensor2D) => tf.sum<tf.Tensor1D>(tf.mul(tf.exp(log), tf.sub(log, mixture)), 1);
      const js = tf.add<tf.Tensor1D>(tf.mul(toMixture(t), beta), tf.mul(toMixture(s), 1 - beta));
      return { js: tf.mul<tf.Tensor1D>(js, tf.square(T)) };
    },
  }),
});
