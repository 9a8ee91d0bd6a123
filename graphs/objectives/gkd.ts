import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Batch } from '../../src/core/types';
import { segmentSum } from '../../src/sparse/aggregate';
import { graphOf } from '../batch';
import { countedOf, meanOverCounted, rowMean } from '../counted';
import { edgeSimilarity } from '../edge-similarity';
import { graphObjective, tapOf } from '../objective';

/**
 * Geometric knowledge distillation, Yang, Wu, Yan 2022 (arXiv:2210.13014), eq. 8: Σ_j W_ij (κ(t_i, t_j) − κ(s_i, s_j))² of neural
 * heat kernels, W_ij 1 on edges and self loops and `delta` elsewhere. κ: `sigmoid` tanh(h_i·h_j), `gaussian`
 * exp(−‖h_i − h_j‖²/4t). Taps are standardised by column first, as in the authors' program. The teacher may know more
 * edges than the student. n² numbers are held. Term `heat` [n], the mean over j.
 */
export default graphObjective({
  description: 'heat kernels over all pairs of nodes as with a teacher that may see more edges (GKD, Yang 2022)',
  paper: 'arXiv:2210.13014',
  options: section({
    student: z.string().default('hidden1').describe('tap of the student'),
    teacher: z.string().default('hidden1').describe('tap of the teacher'),
    kernel: z.enum(['sigmoid', 'gaussian']).default('sigmoid'),
    time: z.number().positive().default(1).describe('t of the gaussian kernel'),
    delta: z.number().min(0).default(1).describe('weight of pairs that no edge joins'),
    standardize: z.boolean().default(true).describe('columns of the taps to mean 0 and variance 1'),
  }),
  build: ({ student: own, teacher: theirs, kernel, time, delta, standardize }) => ({
    needs: { student: [own], teacher: [theirs] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }) => {
      const { loops, nodes } = graphOf(batch, 'gkd');
      const prepared = (h: tf.Tensor2D) => (standardize ? standardized(h, batch) : h);
      const [ours, target] = [prepared(tapOf(student, own)), prepared(tapOf(teachers[0]!, theirs))];
      const everywhere = (h: tf.Tensor2D): tf.Tensor2D => {
        const dots = tf.matMul(h, h, false, true) as tf.Tensor2D;
        if (kernel === 'sigmoid') return tf.tanh(dots);
        const squares = tf.sum<tf.Tensor2D>(tf.square(h), 1, true);
        const sums = tf.add<tf.Tensor2D>(squares, tf.reshape(squares, [1, nodes]));
        return tf.exp(tf.mul<tf.Tensor2D>(tf.relu(tf.sub(sums, tf.mul(dots, 2))), -1 / (4 * time)));
      };
      const onEdges = (h: tf.Tensor2D): tf.Tensor1D =>
        kernel === 'sigmoid'
          ? tf.tanh(edgeSimilarity(loops, h, 'linear'))
          : edgeSimilarity(loops, h, 'rbf', Math.sqrt(2 * time));
      const all = meanOverCounted(tf.squaredDifference<tf.Tensor2D>(everywhere(target), everywhere(ours)), batch);
      if (delta === 1) return { heat: all };
      const near = segmentSum(loops, tf.squaredDifference<tf.Tensor1D>(onEdges(target), onEdges(ours)));
      const share = tf.div(1 - delta, tf.maximum(tf.sum(countedOf(batch)), 1));
      return { heat: tf.add<tf.Tensor1D>(tf.mul(all, delta), tf.mul(near, share)) };
    },
  }),
});

function standardized(h: tf.Tensor2D, batch: Batch): tf.Tensor2D {
  const centred = tf.sub<tf.Tensor2D>(h, rowMean(h, batch));
  return tf.mul(centred, tf.rsqrt(tf.add(rowMean(tf.square(centred), batch), 1e-10)));
}
