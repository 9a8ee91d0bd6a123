import * as tf from '@tensorflow/tfjs';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { checkSameShape } from '../../src/math/divergence';

/**
 * ‖A_T − A_S‖² with A = q − max q, the advantage of each action over the greedy one: what decides between actions,
 * free of the value that all of them share (Wang et al. 2016, arXiv:1511.06581, eq. 8, for the decomposition).
 * logits (Q-values) [n, actions] → term `advantage` [n].
 */
export default objective({
  description: "squared distance to the teacher's advantages, Q-values less their largest",
  paper: 'arXiv:1511.06581',
  options: section({}),
  build: () => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => {
      const teacher = teachers[0]!;
      checkSameShape(teacher.logits, student.logits, 'regression of advantages');
      const [given, own] = [teacher, student].map(({ logits }) => tf.sub(logits, tf.max(logits, 1, true)));
      return { advantage: tf.sum<tf.Tensor1D>(tf.squaredDifference(given!, own!), 1) };
    },
  }),
});
