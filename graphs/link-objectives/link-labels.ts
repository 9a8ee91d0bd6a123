import * as tf from '@tensorflow/tfjs';
import { extraOf } from '../../src/core/lesson';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';

/** Binary cross-entropy of the pairs of which it is known whether an edge joins them, the mean over an example's. Term `hard` [n]. */
export default objective({
  description: 'whether an edge joins a node to each of its candidates',
  options: section({}),
  build: () => ({
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: ({ logits }, { batch }) => {
      const links = extraOf(batch, 'links', 'link-labels') as tf.Tensor2D;
      const known = tf.cast(tf.greaterEqual<tf.Tensor2D>(links, 0), 'float32');
      // log(1 + e^z) − y z, without overflow.
      const growth = tf.log(tf.add(1, tf.exp(tf.neg(tf.abs(logits)))));
      const wrong = tf.sub<tf.Tensor2D>(tf.add(tf.relu(logits), growth), tf.mul(logits, links));
      const sums = tf.sum<tf.Tensor1D>(tf.mul(wrong, known), 1);
      return { hard: tf.div<tf.Tensor1D>(sums, tf.maximum(tf.sum(known, 1), 1)) };
    },
  }),
});
