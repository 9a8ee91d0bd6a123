import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Objective } from '../../src/core/types';
import { crossEntropy } from '../../src/math/divergence';

/**
 * Cross-entropy of every member with the label of its own example, summed over members: logits [n, members · classes], labels
 * in `extras.labels`, int32 [n, members] → term `hard` [n].
 */
export function committeeCrossEntropy(members: number): Objective {
  return {
    name: 'committee-cross-entropy',
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: ({ logits }, { batch }) => {
      const labels = batch.extras?.labels;
      if (labels === undefined)
        throw new KdlabError('committee-cross-entropy: the batch has no extras.labels [n, members]');
      const [size, width] = logits.shape;
      const rows = tf.reshape(logits, [size * members, width / members]) as tf.Tensor2D;
      const losses = crossEntropy(rows, tf.reshape(labels, [size * members]) as tf.Tensor1D);
      return { hard: tf.sum<tf.Tensor1D>(tf.reshape(losses, [size, members]), 1) };
    },
  };
}
