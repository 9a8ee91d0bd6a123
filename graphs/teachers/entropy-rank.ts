import * as tf from '@tensorflow/tfjs';
import type { Batch, Model } from '../../src/core/types';
import { entropy } from '../../src/math/divergence';

/** The share of nodes that a teacher's prediction is surer of than of this one, by entropy: [nodes], 0 to below 1. */
export function entropyRank(model: Model, batch: Batch): tf.Tensor1D {
  const entropies = entropy(model.forward(batch, { training: false }).logits).dataSync();
  const order = Array.from(entropies, (_, node) => node).sort((a, b) => entropies[a]! - entropies[b]! || a - b);
  const ranks = new Float32Array(order.length);
  order.forEach((node, place) => {
    ranks[node] = place / order.length;
  });
  return tf.tensor1d(ranks);
}
