import * as tf from '@tensorflow/tfjs';
import type { Model } from '../../src/core/types';

/**
 * The dueling head (Wang et al. 2016, arXiv:1511.06581, eq. 9): the first output of `network` is V(s), the others
 * advantages, Q = V + A − mean A. `network` has one output more than there are actions. Tap `value` is V, [n].
 */
export function dueling(network: Model): Model {
  const actions = network.classes - 1;
  return {
    ...network,
    classes: actions,
    taps: [...network.taps, 'value'],
    forward: (batch, mode) => {
      const { logits, taps } = network.forward(batch, mode);
      const value = tf.slice(logits, [0, 0], [batch.size, 1]);
      const advantages = tf.slice(logits, [0, 1], [batch.size, actions]);
      const q = tf.add<tf.Tensor2D>(tf.sub(advantages, tf.mean(advantages, 1, true)), value);
      return { logits: q, taps: { ...taps, value: tf.reshape(value, [batch.size]) } };
    },
  };
}
