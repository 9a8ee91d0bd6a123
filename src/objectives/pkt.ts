import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { flatRows, offDiagonal, unitRows } from '../math/similarity';

/** Below this a probability counts as this in a logarithm. */
const LEAST = 1e-7;

/**
 * Passalis, Tefas, "Learning Deep Representations with Probabilistic Knowledge Transfer", 2018 (arXiv:1803.10837), eq. 3
 * to 6: KL between the teacher's and the student's probabilities of example j given i, proportional to (cos(x_i, x_j) + 1)/2
 * over j ≠ i. Widths may differ. Term `neighbourhood` [n]: the row of an example.
 */
export default objective({
  description: 'probabilities of an example’s neighbours in the batch (PKT, Passalis 2018)',
  paper: 'arXiv:1803.10837',
  options: section({
    student: z.string().default('dense').describe('tap of the student'),
    teacher: z.string().default('dense').describe('tap of the teacher'),
  }),
  build: ({ student: own, teacher: theirs }) => ({
    needs: { student: [own], teacher: [theirs] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { teachers }) => {
      const [p, q] = [probabilities(tapOf(teachers[0]!, theirs)), probabilities(tapOf(student, own))];
      const log = (x: tf.Tensor2D) => tf.log(tf.maximum(x, LEAST));
      return { neighbourhood: tf.sum<tf.Tensor1D>(tf.mul(p, tf.sub(log(p), log(q))), 1) };
    },
  }),
});

/** Row i: the probability of each other example given example i; 0 on the diagonal. [n,…] → [n,n]. */
function probabilities(features: tf.Tensor): tf.Tensor2D {
  const rows = unitRows(flatRows(features));
  const affinity: tf.Tensor2D = tf.div(tf.add(tf.matMul(rows, rows, false, true), 1), 2);
  const others: tf.Tensor2D = tf.mul(affinity, offDiagonal(rows.shape[0]));
  return tf.div(others, tf.maximum(tf.sum(others, 1, true), LEAST));
}
