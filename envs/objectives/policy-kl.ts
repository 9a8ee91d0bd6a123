import { z } from 'zod';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { kl } from '../../src/math/divergence';

/**
 * Rusu et al., "Policy Distillation", 2016 (arXiv:1511.06295), eq. 3: KL(softmax(z_t/τ) ‖ softmax(z_s)). Only the
 * teacher is divided by τ; the paper sharpens Q-values with τ = 0.01, the logits of a policy are used as they are.
 * logits [n, actions] → term `kl` [n].
 */
export default objective({
  description: "KL from the teacher's action distribution to the student's (Rusu et al. 2016)",
  paper: 'arXiv:1511.06295',
  options: section({
    temperature: z.number().positive().default(1).describe('τ, divides the logits of the teacher only'),
  }),
  build: ({ temperature }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => ({
      kl: kl(teachers[0]!.logits, student.logits, { temperature, studentTemperature: 1 }),
    }),
  }),
});
