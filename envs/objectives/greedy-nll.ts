import * as tf from '@tensorflow/tfjs';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { crossEntropy } from '../../src/math/divergence';

/**
 * Rusu et al., "Policy Distillation", 2016 (arXiv:1511.06295), eq. 1: −log softmax(z_S)[argmax z_T]. With the student or
 * a mixture acting it is DAgger with hard labels (Ross et al. 2011, arXiv:1011.0686).
 * logits [n, actions] → term `nll` [n].
 */
export default objective({
  description: "negative log-likelihood of the teacher's greedy action (Rusu et al. 2016)",
  paper: 'arXiv:1511.06295',
  options: section({}),
  build: () => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => ({ nll: crossEntropy(student.logits, tf.argMax(teachers[0]!.logits, 1)) }),
  }),
});
