import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import { stopGradient } from '../../src/math/gradient';
import { unitRows } from '../../src/math/similarity';
import { neighborMean } from '../../src/sparse/aggregate';
import { graphOf } from '../batch';
import { graphObjective, tapOf } from '../objective';

/**
 * Self-distillation without a teacher, Chen, Zhou, Zhang, Zhang, Tao, Lin 2021 (arXiv:2011.02255): the neighbourhood discrepancy
 * rate 1 − cos(mean of the neighbours' rows, own row) must not fall from one layer to the next; squared where it does, the
 * earlier layer fixed. Term `discrepancy` [n], 0 for isolated nodes.
 */
export default graphObjective({
  description: 'layers keep what sets a node apart from its neighbours, no teacher (GNN-SD, Chen 2021)',
  paper: 'arXiv:2011.02255',
  options: section({
    layers: z.array(z.string()).min(2).default(['hidden1', 'logits']).describe('taps from first to last'),
  }),
  build: ({ layers }) => ({
    needs: { student: layers },
    teachers: 0,
    coupling: 'batch',
    loss: (student, { batch }) => {
      const { neighbors } = graphOf(batch, 'gnn-sd');
      const rates = layers.map((layer) => {
        const h = tapOf(student, layer);
        const likeness = tf.sum<tf.Tensor1D>(tf.mul(unitRows(neighborMean(neighbors, h)), unitRows(h)), 1);
        return tf.sub<tf.Tensor1D>(1, likeness);
      });
      const falls = rates
        .slice(1)
        .map((rate, i) => tf.square(tf.relu(tf.sub(stopGradient(rates[i]!), rate))) as tf.Tensor1D);
      return { discrepancy: falls.reduce((sum, fall) => tf.add(sum, fall)) };
    },
  }),
});
