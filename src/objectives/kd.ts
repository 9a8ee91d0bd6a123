import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { crossEntropy, kl } from '../math/divergence';

/**
 * Hinton, Vinyals, Dean, "Distilling the Knowledge in a Neural Network", 2015 (arXiv:1503.02531), section 2:
 * (1−α)·CE(y, p_s) + α·T²·KL(p_t^T ‖ p_s^T). The factor T² keeps the soft gradient's scale when T changes.
 * logits [n,c] → terms `hard` and `soft`, [n] each. At α = 1 no labels are needed.
 */
export default objective({
  description: 'soft targets at a temperature, mixed with the labels (Hinton 2015)',
  paper: 'arXiv:1503.02531',
  options: section({
    temperature: schedule({ exclusiveMin: 0 }).default(4).describe('T, divides both logits'),
    alpha: z.number().min(0).max(1).default(0.9).describe('weight of the soft term; 1 − alpha goes to the labels'),
  }),
  build: ({ temperature, alpha }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { batch, teachers }, at) => {
      const T = at.value(temperature);
      const scale = tf.mul(tf.square(T), alpha);
      const soft = tf.mul<tf.Tensor1D>(kl(teachers[0]!.logits, student.logits, { temperature: T }), scale);
      if (alpha === 1) return { soft };
      return { soft, hard: tf.mul<tf.Tensor1D>(crossEntropy(student.logits, labelsOf(batch, 'kd')), 1 - alpha) };
    },
  }),
});
