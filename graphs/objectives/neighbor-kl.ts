import * as tf from '@tensorflow/tfjs';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import { graphOf } from '../batch';
import { perEdge } from '../counted';
import { lowFrequency } from '../edge-frequencies';
import { graphObjective } from '../objective';

/**
 * Soft labels passed on along edges: the mean over edges (i, j), self loops among them, of KL(t_j ‖ s_i); the low-frequency term
 * of FF-G2M by itself (Wu et al. 2023, arXiv:2305.10758, eq. 7). Term `neighbors` [n].
 */
export default graphObjective({
  description: 'each node learns its neighbours’ soft labels (message passing by the teacher alone)',
  paper: 'arXiv:2305.10758',
  options: section({ temperature: schedule({ exclusiveMin: 0 }).default(1) }),
  build: ({ temperature }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }, at) => {
      const { loops } = graphOf(batch, 'neighbor-kl');
      const T = at.value(temperature);
      const neighbors = lowFrequency(loops, teachers[0]!.logits, student.logits, T);
      return { neighbors: tf.mul<tf.Tensor1D>(neighbors, tf.mul(tf.square(T), perEdge(loops, batch))) };
    },
  }),
});
