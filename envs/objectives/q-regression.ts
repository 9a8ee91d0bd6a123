import * as tf from '@tensorflow/tfjs';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { checkSameShape } from '../../src/math/divergence';

/**
 * Rusu et al., "Policy Distillation", 2016 (arXiv:1511.06295), eq. 2: ‖q_T − q_S‖² over the actions of a state.
 * logits (Q-values) [n, actions] → term `mse` [n].
 */
export default objective({
  description: "squared distance to the teacher's Q-values (Rusu et al. 2016)",
  paper: 'arXiv:1511.06295',
  options: section({}),
  build: () => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => {
      const teacher = teachers[0]!;
      checkSameShape(teacher.logits, student.logits, 'regression of Q-values');
      return { mse: tf.sum<tf.Tensor1D>(tf.squaredDifference(teacher.logits, student.logits), 1) };
    },
  }),
});
