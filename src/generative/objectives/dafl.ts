import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { objective } from '../../core/objective';
import { section } from '../../core/section';
import { logSoftmax } from '../../math/divergence';

/**
 * Chen et al., "Data-Free Learning of Student Networks" (DAFL), 2019 (arXiv:1904.01186), equations 5 to 8: images of which
 * the teacher is sure (`oneHot`: cross-entropy with its own decision), that excite it (`activation`: −mean |f| of its
 * last features), of all classes alike (`information`: Σ p̄ log p̄ of the batch's mean prediction p̄; an example's term is
 * Σ p log p̄, whose mean it is). Weights α 0.1 and β 5 are the authors' for MNIST.
 */
export default objective({
  description: 'images of which the teacher is sure, of all classes alike (DAFL, Chen 2019)',
  paper: 'arXiv:1904.01186',
  options: section({
    activation: z.number().min(0).default(0.1).describe('α'),
    information: z.number().min(0).default(5).describe('β'),
    features: z.string().optional().describe('the teacher’s tap that α excites; default its last one'),
  }),
  build: ({ activation, information, features }, { student }) => {
    const tap = features === undefined ? student.taps.at(-1)! : `teacher/${features}`;
    return {
      needs: { student: [tap] },
      teachers: 0,
      coupling: 'batch',
      loss: ({ logits, taps }) => {
        const log = logSoftmax(logits);
        const p = tf.exp(log);
        const mean = tf.mean(p, 0);
        const f = taps[tap]!;
        return {
          oneHot: tf.neg(tf.max<tf.Tensor1D>(log, 1)),
          activation: tf.mul<tf.Tensor1D>(
            tf.mean<tf.Tensor1D>(
              tf.abs<tf.Tensor2D>(tf.reshape<tf.Rank.R2>(f, [f.shape[0]!, f.size / f.shape[0]!])),
              1,
            ),
            -activation,
          ),
          information: tf.mul<tf.Tensor1D>(tf.sum<tf.Tensor1D>(tf.mul(p, tf.log(tf.add(mean, 1e-8))), 1), information),
        };
      },
    };
  },
});
