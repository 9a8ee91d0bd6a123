import * as tf from '@tensorflow/tfjs';
import { extraOf } from '../../src/core/lesson';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';

/**
 * Mnih et al., "Human-level control through deep reinforcement learning", 2015: Huber's loss of q(s,a) − y with bound 1,
 * weighed by importance where the replay is prioritised. logits (Q-values) [n, actions], extras `action` int32,
 * `target` and `weight`, [n] each, as `dqnReplay` attaches them → term `td` [n]. Throws KdlabError without them.
 */
export default objective({
  description: 'temporal difference of Q-values, Huber loss (Mnih et al. 2015)',
  paper: 'doi:10.1038/nature14236',
  options: section({}),
  build: () => ({
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: ({ logits }, { batch }) => {
      const extra = (name: string) => extraOf(batch, name, 'dqn') as tf.Tensor1D;
      const chosen = tf.sum<tf.Tensor1D>(tf.mul(tf.oneHot(extra('action'), logits.shape[1]), logits), 1);
      const error = tf.abs(tf.sub(chosen, extra('target')));
      const within = tf.minimum(error, 1);
      // ½e² up to 1, e − ½ beyond.
      const huber = tf.sub(tf.mul(within, error), tf.mul(tf.square(within), 0.5));
      return { td: tf.mul<tf.Tensor1D>(huber, extra('weight')) };
    },
  }),
});
