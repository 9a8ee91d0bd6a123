import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../src/core/errors';
import { checkSameShape, entropy, logSoftmax } from '../src/math/divergence';

/** A diagonal Gaussian policy's parameters, [n, d] each. */
export interface DiagonalGaussian {
  readonly mean: tf.Tensor2D;
  readonly logDeviation: tf.Tensor2D;
}

/**
 * The first half of a network's outputs as means, the second as logarithms of standard deviations. [n, 2·d] → [n, d]
 * each. Throws KdlabError for an odd number of outputs.
 */
export function gaussianOf(outputs: tf.Tensor2D): DiagonalGaussian {
  const [rows, width] = outputs.shape;
  if (width % 2 !== 0)
    throw new KdlabError(
      `a Gaussian policy gives a mean and a log-deviation for each action component, found ${width} outputs; ` +
        'build the network with twice as many outputs as the action space has components',
    );
  const d = width / 2;
  return { mean: tf.slice(outputs, [0, 0], [rows, d]), logDeviation: tf.slice(outputs, [0, d], [rows, d]) };
}

/**
 * KL(P ‖ Q) of diagonal Gaussians: Σ log σ_Q/σ_P + (σ_P² + (μ_P − μ_Q)²)/(2σ_Q²) − ½. Both outputs [n, 2·d] → [n].
 */
export function diagonalGaussianKl(p: tf.Tensor2D, q: tf.Tensor2D): tf.Tensor1D {
  checkSameShape(p, q, 'KL divergence of Gaussian policies');
  const [from, to] = [gaussianOf(p), gaussianOf(q)];
  const ratio = tf.sub(from.logDeviation, to.logDeviation);
  const distance = tf.mul(tf.sub(from.mean, to.mean), tf.exp(tf.neg(to.logDeviation)));
  const squares = tf.add(tf.exp(tf.mul(ratio, 2)), tf.square(distance));
  return tf.sum(tf.sub(tf.sub(tf.mul(squares, 0.5), ratio), 0.5), 1);
}

/** log N(action; μ, σ) summed over components. outputs [n, 2·d], action [n, d] → [n]. */
export function gaussianLogProbability(outputs: tf.Tensor2D, action: tf.Tensor2D): tf.Tensor1D {
  const { mean, logDeviation } = gaussianOf(outputs);
  const scaled = tf.mul(tf.sub(action, mean), tf.exp(tf.neg(logDeviation)));
  const perComponent = tf.add(tf.mul(tf.square(scaled), -0.5), tf.neg(logDeviation));
  return tf.sum(tf.sub(perComponent, 0.5 * Math.log(2 * Math.PI)), 1);
}

/** Σ log σ + ½ log 2πe. outputs [n, 2·d] → [n]. */
export function gaussianEntropy(outputs: tf.Tensor2D): tf.Tensor1D {
  return tf.sum(tf.add(gaussianOf(outputs).logDeviation, 0.5 * Math.log(2 * Math.PI * Math.E)), 1);
}

/** log π(a|s) of a policy's outputs: of logits [n, actions] where `action` is int32 [n], of Gaussians [n, 2·d] where it is [n, d]. → [n] */
export function actionLogProbability(outputs: tf.Tensor2D, action: tf.Tensor): tf.Tensor1D {
  if (action.rank === 2) return gaussianLogProbability(outputs, action as tf.Tensor2D);
  const chosen = tf.oneHot(action as tf.Tensor1D, outputs.shape[1]);
  return tf.sum<tf.Tensor1D>(tf.mul(chosen, logSoftmax(outputs)), 1);
}

/** The entropy of the same, [n]. */
export function actionEntropy(outputs: tf.Tensor2D, action: tf.Tensor): tf.Tensor1D {
  return action.rank === 2 ? gaussianEntropy(outputs) : entropy(outputs);
}
