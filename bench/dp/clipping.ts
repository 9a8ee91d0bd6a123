import * as tf from '@tensorflow/tfjs';
import { labelsOf } from '../../src/core/lesson';
import type { GradientEstimator, Grads } from '../../src/core/types';
import { crossEntropy } from '../../src/math/divergence';
import type { Network } from './network';

export interface ClippingOptions {
  /** C: no example's gradient counts for more. */
  readonly norm: number;
  /** σ: the noise has standard deviation σ·C; 0 draws none. */
  readonly noise: number;
}

/**
 * DP-SGD's gradient (Abadi et al. 2016, arXiv:1607.00133, algorithm 1) of the cross-entropy: (Σᵢ min(1, C/‖gᵢ‖)·gᵢ +
 * σC·ξ)/n, with the norms taken from inputs and δ of each layer, so that one backward pass serves all.
 */
export function clipped({ layers }: Network, { norm, noise }: ClippingOptions): GradientEstimator {
  return {
    name: 'dp',
    check: () => undefined,
    estimate: (_, { batch }, params, draws) => {
      const labels = labelsOf(batch, 'dp');
      const { inputs, deltas, loss } = backward(layers, batch.x, (logits) => crossEntropy(logits, labels));
      const parts = layers.map(({ layer }, i) => layer.perExample(inputs[i]!, deltas[i]!));
      const squares = parts.map((part) => part.squares).reduce((sum, square) => tf.add(sum, square));
      const factors: tf.Tensor1D = tf.minimum(1, tf.div(norm, tf.sqrt(tf.maximum(squares, 1e-20))));
      const sums: Grads = Object.assign({}, ...parts.map((part) => part.sum(factors)));
      const grads = Object.fromEntries(
        Object.keys(params).map((name) => {
          const sum = sums[name]!;
          const ξ = noise === 0 ? undefined : draws.split(name).normal(sum.shape);
          return [name, tf.div(ξ === undefined ? sum : tf.add(sum, tf.mul(ξ, noise * norm)), batch.size)];
        }),
      );
      return { grads, metrics: { loss: tf.mean(loss) } };
    },
    save: () => ({}),
    load: () => undefined,
  };
}

/**
 * Each layer's input and δ, the derivative of the sum of losses by its output. No gradient of a parameter is made: the
 * derivative is taken by the first layer's output, and those of the others are noted in passing.
 */
function backward(
  layers: Network['layers'],
  x: tf.Tensor,
  lossOf: (logits: tf.Tensor2D) => tf.Tensor1D,
): { inputs: tf.Tensor[]; deltas: tf.Tensor[]; loss: tf.Tensor1D } {
  const inputs: tf.Tensor[] = [x];
  const deltas: tf.Tensor[] = [];
  const kept: tf.Tensor[] = [];
  let loss: tf.Tensor1D | undefined;
  const first = layers[0]!.layer.apply(x);
  const noted = (i: number) =>
    tf.customGrad((output) => ({
      value: tf.clone(output as tf.Tensor),
      gradFunc: (delta: tf.Tensor) => {
        deltas[i] = tf.keep(tf.clone(delta));
        return delta;
      },
    }));
  deltas[0] = tf.grad((output: tf.Tensor) => {
    let h = layers[0]!.after(output);
    layers.slice(1).forEach(({ layer, after }, i) => {
      inputs[i + 1] = tf.keep(tf.clone(h));
      h = after(noted(i + 1)(layer.apply(h)));
    });
    loss = tf.keep(tf.clone(lossOf(h as tf.Tensor2D)));
    return tf.sum(loss);
  })(first);
  kept.push(...inputs.slice(1), ...deltas.slice(1), loss!);
  // What was kept through the inner scopes belongs to the caller's from here on.
  const handed = new Map(kept.map((tensor) => [tensor, tf.clone(tensor)]));
  for (const tensor of kept) tensor.dispose();
  const of = (tensor: tf.Tensor) => handed.get(tensor) ?? tensor;
  return { inputs: inputs.map(of), deltas: deltas.map(of), loss: of(loss!) as tf.Tensor1D };
}
