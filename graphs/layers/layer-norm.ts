import * as tf from '@tensorflow/tfjs';
import type { Weights } from './weights';

const EPSILON = 1e-5;

/** Layer normalisation (Ba et al. 2016) with gain and bias: every node's row to mean 0 and variance 1. [n,k] → [n,k]. */
export function layerNorm(weights: Weights, name: string, width: number): (x: tf.Tensor2D) => tf.Tensor2D {
  const gain = weights.filled(`${name}/gain`, [width], 1);
  const bias = weights.bias(`${name}/bias`, width);
  return (x) => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), EPSILON));
    return tf.add(tf.mul(tf.mul(centred, scale), gain), bias);
  };
}
