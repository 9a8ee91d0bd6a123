import * as tf from '@tensorflow/tfjs';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { logSoftmax } from '../math/divergence';
import { targetAgainstRest, withoutTarget } from './parts/target';

/**
 * Yang, Zeng, Li, Zhang, Yuan, Li, "From Knowledge Distillation to Self-Knowledge Distillation", 2023 (arXiv:2303.13005),
 * eq. 7: −t_y·log s_y − γ·T²·Σ_{i≠y} t̂_i·log ŝ_i, where t̂, ŝ are distributions over the classes other than the label's at
 * temperature T and t_y, s_y the label's probability at temperature 1. Cross-entropies: at equality they are entropies,
 * not zero. logits [n,c] → terms `target` and `others`, [n] each.
 */
export default objective({
  description: 'label’s probability and the others’ distribution, normalised (NKD, Yang 2023)',
  paper: 'arXiv:2303.13005',
  options: section({
    temperature: schedule({ exclusiveMin: 0 }).default(1),
    gamma: schedule({ min: 0 }).default(1.5).describe('weight of the classes other than the label’s'),
  }),
  build: ({ temperature, gamma }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { batch, teachers }, at) => {
      const T = at.value(temperature);
      const labels = labelsOf(batch, 'nkd');
      const [t, s] = [teachers[0]!.logits, student.logits];
      const share = tf.exp<tf.Tensor1D>(targetAgainstRest(t, labels).target);
      const rest = (logits: tf.Tensor2D) => logSoftmax(withoutTarget(tf.div(logits, T), labels));
      const crossed = tf.sum<tf.Tensor1D>(tf.mul(tf.exp(rest(t)), rest(s)), 1);
      return {
        target: tf.mul<tf.Tensor1D>(tf.mul(share, targetAgainstRest(s, labels).target), -1),
        others: tf.mul<tf.Tensor1D>(crossed, tf.neg(tf.mul(tf.square(T), at.value(gamma)))),
      };
    },
  }),
});
