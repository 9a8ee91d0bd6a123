import * as tf from '@tensorflow/tfjs';
import { neighborSum } from '../../src/sparse/aggregate';
import type { Layer, LayerPlace } from './stack';

/**
 * MLP((1 + ε) x_i + Σ_j x_j), ε learnt, the MLP of two layers (Xu et al. 2019, eq. 4.1). Tap `message<n>`: the sum, through
 * the MLP's first kernel.
 */
export function isomorphismLayer({ weights, name, number, from, to }: LayerPlace): Layer {
  const epsilon = weights.filled(`${name}/epsilon`, [1], 0);
  const inner = weights.kernel(`${name}/inner`, from, to);
  const innerBias = weights.bias(`${name}/innerBias`, to);
  const kernel = weights.kernel(`${name}/kernel`, to, to);
  const bias = weights.bias(`${name}/bias`, to);
  return (input, { graph, tap }) => {
    const own = input.project(inner);
    const message = neighborSum(graph.neighbors, own);
    tap(`message${number}`, message);
    const sum = tf.add(tf.add(tf.mul(own, tf.add(epsilon, 1)), message), innerBias);
    return tf.add(tf.matMul<tf.Tensor2D>(tf.relu(sum), kernel), bias);
  };
}
