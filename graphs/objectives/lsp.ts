import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import { segmentSoftmax } from '../../src/sparse/attention';
import { graphOf } from '../batch';
import { edgeSimilarity, KERNELS } from '../edge-similarity';
import { graphObjective, tapOf } from '../objective';
import { rowDivergence } from '../row-divergence';

/**
 * Local structure preserving, Yang, Qiu, Song, Tao, Wang 2020 (arXiv:2003.10477), eq. 3 to 6: how alike a node's neighbours are to it
 * as a distribution, LS_ij = softmax over j of SIM(z_i, z_j); the loss is KL(LS^student ‖ LS^teacher) at each node. Taps may
 * differ in width. Term `structure` [n], 0 for isolated nodes. Later work found no gain by it (Joshi et al. 2022, table 10).
 */
export default graphObjective({
  description: 'likeness of each node to its neighbours as with the teacher (LSP, Yang 2020)',
  paper: 'arXiv:2003.10477',
  options: section({
    student: z.string().default('hidden1').describe('tap of the student'),
    teacher: z.string().default('hidden1').describe('tap of the teacher'),
    kernel: z.enum(KERNELS).default('rbf'),
    sigma: z.number().positive().default(1).describe('width of the rbf kernel'),
    from: z.enum(['student', 'teacher']).default('student').describe('whose distribution the divergence averages over'),
  }),
  build: ({ student: own, teacher: theirs, kernel, sigma, from }) => ({
    needs: { student: [own], teacher: [theirs] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }) => {
      const { neighbors } = graphOf(batch, 'lsp');
      const structure = (z: tf.Tensor2D) => segmentSoftmax(neighbors, edgeSimilarity(neighbors, z, kernel, sigma));
      const ours = structure(tapOf(student, own));
      const target = structure(tapOf(teachers[0]!, theirs));
      return {
        structure: from === 'student' ? rowDivergence(neighbors, ours, target) : rowDivergence(neighbors, target, ours),
      };
    },
  }),
});
