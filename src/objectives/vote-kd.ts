import * as tf from '@tensorflow/tfjs';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { logSoftmax } from '../math/divergence';
import { severalTeachers } from './parts/several-teachers';

/**
 * Votes: every teacher's decision counts once, the student's cross-entropy with the shares of the votes. What a teacher is
 * unsure of is lost, and so is how sure a bad one is. Breiman 1996 (bagging) votes so. logits [n,c] of K ≥ 2 teachers →
 * term `votes` [n]; at least the entropy of the votes.
 */
export default objective({
  description: 'cross-entropy with the shares of several teachers’ votes',
  options: section({}),
  build: (_, place) => ({
    needs: { teacher: ['logits'] },
    teachers: severalTeachers(place, 'vote-kd'),
    coupling: 'example',
    loss: (student, { teachers }) => {
      const votes = teachers.map(({ logits }) =>
        tf.oneHot(tf.argMax<tf.Tensor1D>(logits, 1), logits.shape[1], 1, 0, 'float32'),
      );
      const shares = tf.div(tf.addN(votes), teachers.length);
      return { votes: tf.mul<tf.Tensor1D>(tf.sum<tf.Tensor1D>(tf.mul(shares, logSoftmax(student.logits)), 1), -1) };
    },
  }),
});
