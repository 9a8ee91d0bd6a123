import * as tf from '@tensorflow/tfjs';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';

/**
 * (V_S(s) − V_T(s))²: the student's critic learns the teacher's. Beside a policy term it gives reinforcement learning
 * that follows a critic to start with. Tap `value` of both, [n] or [n,1] → term `value` [n].
 */
export default objective({
  description: "squared distance of the student's value to the teacher's",
  options: section({}),
  build: () => ({
    needs: { student: ['value'], teacher: ['value'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { batch, teachers }) => {
      const [own, given] = [student, teachers[0]!].map(({ taps }) => tf.reshape(taps.value!, [batch.size]));
      return { value: tf.squaredDifference<tf.Tensor1D>(own as tf.Tensor1D, given as tf.Tensor1D) };
    },
  }),
});
