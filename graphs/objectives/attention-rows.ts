import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import { graphOf } from '../batch';
import { graphObjective, tapOf } from '../objective';
import { rowDivergence } from '../row-divergence';

/**
 * KL(teacher ‖ student) between rows of graph attention, heads averaged first: whom a node listens to. For a transformer's rows see
 * Jiao et al. 2020 (arXiv:1909.10351). Term `attention` [n].
 */
export default graphObjective({
  description: 'rows of graph attention as with a GAT teacher',
  options: section({
    student: z.string().default('attention1').describe('tap of the student'),
    teacher: z.string().default('attention1').describe('tap of the teacher'),
  }),
  build: ({ student: own, teacher: theirs }) => ({
    needs: { student: [own], teacher: [theirs] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }) => {
      const { loops } = graphOf(batch, 'attention-rows');
      const row = (rows: tf.Tensor2D) => tf.mean<tf.Tensor1D>(rows, 1);
      return { attention: rowDivergence(loops, row(tapOf(teachers[0]!, theirs)), row(tapOf(student, own))) };
    },
  }),
});
