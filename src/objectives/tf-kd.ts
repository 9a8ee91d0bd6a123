import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { crossEntropy, kl } from '../math/divergence';

/**
 * Yuan, Tay, Li, Wang, Feng, "Revisiting Knowledge Distillation via Label Smoothing Regularization", 2020
 * (arXiv:1909.11723), eq. 9 to 10: the teacher is made by hand, p(y) = a, (1 − a)/(c − 1) elsewhere, softened as
 * softmax(p/T); (1 − α)·CE + α·KL(softened ‖ p_s). Half of the paper: its other half, a student taught by itself trained
 * earlier, is born-again KD. logits [n,c] → terms `hard` and `soft`, [n] each.
 */
export default objective({
  description: 'a teacher made by hand from the labels: teacher-free KD, a control (Yuan 2020)',
  paper: 'arXiv:1909.11723',
  options: section({
    confidence: z.number().gt(0).lt(1).default(0.99).describe('a, the probability of the label'),
    temperature: z.number().positive().default(20),
    alpha: z.number().min(0).max(1).default(0.1),
  }),
  build: ({ confidence, temperature, alpha }) => ({
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: ({ logits }, { batch }) => {
      const labels = labelsOf(batch, 'tf-kd');
      const classes = logits.shape[1];
      const rest = (1 - confidence) / (classes - 1);
      const virtual = tf.add<tf.Tensor2D>(tf.mul(tf.oneHot(labels, classes), confidence - rest), rest);
      const soft = kl(tf.div(virtual, temperature), logits);
      return {
        hard: tf.mul<tf.Tensor1D>(crossEntropy(logits, labels), 1 - alpha),
        soft: tf.mul<tf.Tensor1D>(soft, alpha),
      };
    },
  }),
});
