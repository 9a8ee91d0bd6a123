import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { logSoftmax } from '../../src/math/divergence';

/**
 * Cross-entropy between student and teacher in either direction. `student`: H×(π_S, π_T) = −Σ π_S log π_T, the expected
 * per-step term of Czarnecki et al., "Distilling Policy Distillation", 2019 (arXiv:1902.02186), section 4.2; on the
 * student's own states it is the gradient of something only beside a policy gradient that is paid for the later terms
 * (`reward: {teacher: 1}` of `onPolicy`). `teacher`: H×(π_T, π_S) = −Σ π_T log π_S, the term that Kickstarting adds to
 * reinforcement learning, its weight annealed (Schmitt et al. 2018, arXiv:1803.03835, eq. 3).
 * `floor` keeps the logarithm of an action that the teacher all but excludes from having no bound.
 * logits [n, actions] → term `crossEntropy` [n].
 */
export default objective({
  description: 'cross-entropy of student and teacher (Czarnecki et al. 2019; Kickstarting, Schmitt et al. 2018)',
  paper: 'arXiv:1902.02186, arXiv:1803.03835',
  options: section({
    expectation: z.enum(['student', 'teacher']).default('student').describe('whose actions the expectation is over'),
    temperature: z.number().positive().default(1).describe('τ, divides the logits of the teacher only'),
    floor: z.number().max(0).default(-20).describe('least logarithm of a probability'),
  }),
  build: ({ expectation, temperature, floor }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => {
      const given = logSoftmax(teachers[0]!.logits, temperature);
      const own = logSoftmax(student.logits);
      const [weights, logarithms] = expectation === 'student' ? [own, given] : [given, own];
      const bounded = tf.maximum(logarithms, floor);
      return { crossEntropy: tf.neg(tf.sum<tf.Tensor1D>(tf.mul(tf.exp(weights), bounded), 1)) };
    },
  }),
});
