import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { entropy } from '../../src/math/divergence';

/**
 * max(0, h − H(π_S)): nothing while the student's entropy is at least h, and a pull back to it below, so that a policy
 * that acts keeps exploring. logits [n, actions] → term `floor` [n], in nats.
 */
export default objective({
  description: "penalty where the entropy of the student's policy is below a floor",
  options: section({ floor: z.number().min(0).default(0.05).describe('h, in nats') }),
  build: ({ floor }) => ({
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: ({ logits }) => ({ floor: tf.relu(tf.sub<tf.Tensor1D>(floor, entropy(logits))) }),
  }),
});
