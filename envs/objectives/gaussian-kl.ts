import type * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { diagonalGaussianKl } from '../gaussian';

/**
 * KL(π_T ‖ π_S) of diagonal Gaussian policies in closed form, or the reverse. The outputs of both networks are means
 * and logarithms of deviations, [n, 2·d]. Policies that squash their actions by one bijection have the same KL as the
 * Gaussians before it. → term `kl` [n].
 */
export default objective({
  description: 'closed-form KL between Gaussian policies of continuous actions',
  options: section({
    direction: z.enum(['forward', 'reverse']).default('forward').describe('forward: KL(teacher ‖ student)'),
  }),
  build: ({ direction }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => {
      const teacher: tf.Tensor2D = teachers[0]!.logits;
      const { logits } = student;
      return {
        kl: direction === 'forward' ? diagonalGaussianKl(teacher, logits) : diagonalGaussianKl(logits, teacher),
      };
    },
  }),
});
