import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { crossEntropy, logSoftmax } from '../math/divergence';

/**
 * Szegedy, Vanhoucke, Ioffe, Shlens, Wojna 2016 (arXiv:1512.00567), section 7: cross-entropy with (1 − ε)·label + ε/c. A
 * control: what a student gains by soft targets that know nothing. logits [n,c] → term `smoothed` [n].
 */
export default objective({
  description: 'cross-entropy with smoothed labels: soft targets without a teacher (Szegedy 2016)',
  paper: 'arXiv:1512.00567',
  options: section({ epsilon: z.number().min(0).lt(1).default(0.1) }),
  build: ({ epsilon }) => ({
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: (student, { batch }) => {
      const hard = crossEntropy(student.logits, labelsOf(batch, 'label-smoothing'));
      const uniform = tf.neg(tf.mean<tf.Tensor1D>(logSoftmax(student.logits), 1));
      return { smoothed: tf.add<tf.Tensor1D>(tf.mul(hard, 1 - epsilon), tf.mul(uniform, epsilon)) };
    },
  }),
});
