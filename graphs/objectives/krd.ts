import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import type { Terms } from '../../src/core/types';
import { kl, logSoftmax } from '../../src/math/divergence';
import { neighborSum } from '../../src/sparse/aggregate';
import { graphOf } from '../batch';
import { knownCrossEntropy } from '../known-labels';
import { graphObjective, tapOf } from '../objective';

/**
 * Wu, Lin, Huang, Li, "Quantifying the Knowledge in GNNs for Reliable Distillation into MLPs", 2023 (arXiv:2306.05628):
 * λ·CE + (1 − λ)(KL(t_i ‖ s_i) + Σ_j p_j KL(t_j/τ ‖ s_i/τ) / Σ_j p_j over the neighbours j), p_j = 1 − ρ_j^α their reliability, ρ
 * the change of the teacher's entropy under noise on the features, by its maximum (the teacher's tap `entropyShift`,
 * `noisyTeacher`). The paper draws neighbours with probability p_j; here they weigh p_j, the expectation of that, and α is
 * given where the paper fits it. Terms `hard`, `soft`, `neighbors` [n].
 */
export default graphObjective({
  description: 'soft labels of a node and of its reliable neighbours (KRD, Wu 2023)',
  paper: 'arXiv:2306.05628',
  options: section({
    lambda: z.number().min(0).lt(1).default(0.5).describe('weight of the labels'),
    temperature: schedule({ exclusiveMin: 0 }).default(0.8).describe('τ, of the neighbours’ term'),
    alpha: z.number().positive().default(1).describe('how fast trust falls as entropy shifts'),
  }),
  build: ({ lambda, temperature, alpha }) => ({
    needs: { teacher: ['logits', 'entropyShift'] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }, at): Terms => {
      const { neighbors } = graphOf(batch, 'krd');
      const teacher = teachers[0]!;
      const T = at.value(temperature);
      const shift = tf.reshape(tapOf(teacher, 'entropyShift'), [batch.size, 1]);
      const trust: tf.Tensor2D = tf.sub(1, tf.pow(tf.maximum(shift, 1e-6), alpha));
      const logTeacher = logSoftmax(teacher.logits, T);
      const target = tf.exp(logTeacher);
      const negentropy = tf.sum<tf.Tensor2D>(tf.mul(target, logTeacher), 1, true);
      const crossed = tf.sum<tf.Tensor2D>(
        tf.mul(neighborSum(neighbors, tf.mul(target, trust)), logSoftmax(student.logits, T)),
        1,
        true,
      );
      const sum = tf.sub(neighborSum(neighbors, tf.mul(negentropy, trust)), crossed);
      const mean = tf.div(sum, tf.maximum(neighborSum(neighbors, trust), 1e-6));
      const weighed = (term: tf.Tensor, weight: number) =>
        tf.mul(tf.reshape(term, [batch.size]), weight) as tf.Tensor as tf.Tensor1D;
      const soft = {
        soft: weighed(kl(teacher.logits, student.logits), 1 - lambda),
        neighbors: weighed(mean, 1 - lambda),
      };
      if (lambda === 0) return soft;
      return { ...soft, hard: weighed(knownCrossEntropy(student.logits, batch, 'krd'), lambda) };
    },
  }),
});
