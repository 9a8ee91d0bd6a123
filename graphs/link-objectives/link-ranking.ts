import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';

/**
 * The rank-based matching of LLP, Guo, Shiao, Zhang, Liu, Chawla, Shah, Zhao 2023 (arXiv:2210.05801), eq. 3: over the pairs of
 * an example's candidates max(0, −r (s_a − s_b) + δ), r the sign of the teacher's t_a − t_b where that exceeds δ, s and t
 * probabilities. Pairs that the teacher ranks alike are left out, where the authors' program adds the constant δ. Their distribution-based
 * matching is `kd` over the candidates. Term `ranking` [n].
 */
export default objective({
  description: 'ranks a node’s candidates as the teacher does (LLP, Guo 2023)',
  paper: 'arXiv:2210.05801',
  options: section({ margin: z.number().positive().default(0.1).describe('δ') }),
  build: ({ margin }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => {
      const theirs = differences(teachers[0]!.logits);
      const above = tf.cast(tf.greater<tf.Tensor3D>(theirs, margin), 'float32');
      const missed = tf.relu(tf.sub<tf.Tensor3D>(margin, differences(student.logits)));
      const pairs = tf.maximum(tf.sum(above, [1, 2]), 1);
      return { ranking: tf.div<tf.Tensor1D>(tf.sum<tf.Tensor1D>(tf.mul(missed, above), [1, 2]), pairs) };
    },
  }),
});

/** p_a − p_b at [i,a,b]. */
function differences(logits: tf.Tensor2D): tf.Tensor3D {
  const [n, each] = logits.shape;
  const p = tf.sigmoid(logits);
  return tf.sub(tf.reshape(p, [n, each, 1]), tf.reshape(p, [n, 1, each]));
}
