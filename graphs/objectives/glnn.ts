import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Terms } from '../../src/core/types';
import { kl } from '../../src/math/divergence';
import { knownCrossEntropy } from '../known-labels';
import { graphObjective } from '../objective';

/**
 * Zhang, Liu, Sun, Shah, "Graph-less Neural Networks", 2022 (arXiv:2110.08727), eq. 1: λ times the cross-entropy of the labelled
 * nodes plus (1 − λ) times KL(teacher ‖ student) of all, no temperature. Terms `hard`, `soft` [n].
 */
export default graphObjective({
  description: 'soft labels of a GNN on all nodes for a student without graph (GLNN, Zhang 2022)',
  paper: 'arXiv:2110.08727',
  options: section({ lambda: z.number().min(0).lt(1).default(0).describe('weight of the labels') }),
  build: ({ lambda }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }): Terms => {
      const soft = tf.mul<tf.Tensor1D>(kl(teachers[0]!.logits, student.logits), 1 - lambda);
      if (lambda === 0) return { soft };
      return { soft, hard: tf.mul<tf.Tensor1D>(knownCrossEntropy(student.logits, batch, 'glnn'), lambda) };
    },
  }),
});
