import * as tf from '@tensorflow/tfjs';
import { parameter } from '../../src/core/params';
import type { Grads, Params } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { heNormal } from '../../src/models/parts/initializers';

/**
 * A layer with parameters `name/kernel` and `name/bias`, and what is known of one example's gradient without making it
 * for each: from the layer's input and δ, the derivative of the sum of losses by the layer's output.
 */
export interface Layer {
  readonly params: Params;
  readonly multiplyAdds: number;
  /** Inputs [n, …] → outputs [n, …], before any activation. */
  apply(input: tf.Tensor): tf.Tensor;
  /** Squared norms [n] of the examples' gradients, and their sum weighted by factors [n]. */
  perExample(input: tf.Tensor, delta: tf.Tensor): { squares: tf.Tensor1D; sum(factors: tf.Tensor1D): Grads };
}

/**
 * A dense layer. One example's gradient is the outer product of its input a and δ, whose squared norm is ‖a‖²·‖δ‖²;
 * with the bias ‖δ‖² more (Goodfellow 2015, arXiv:1510.01799).
 */
export function dense(rng: Rng, name: string, shape: [number, number]): Layer {
  const { kernel, bias, params } = parametersOf(rng, name, shape);
  const matrix = kernel as tf.Tensor as tf.Tensor2D;
  return {
    params,
    multiplyAdds: shape[0] * shape[1],
    apply: (input) => tf.add(tf.matMul(input as tf.Tensor2D, matrix), bias),
    perExample: (input, delta) => ({
      squares: tf.mul(squaredRows(delta), tf.add(squaredRows(input), 1)),
      sum: (factors) => {
        const weighted = tf.mul(delta as tf.Tensor2D, tf.expandDims(factors, 1));
        return {
          [`${name}/kernel`]: tf.matMul(input as tf.Tensor2D, weighted as tf.Tensor2D, true),
          [`${name}/bias`]: tf.sum(weighted, 0),
        };
      },
    }),
  };
}

/**
 * A convolution of images [n,h,w,c] with a kernel [kh,kw,c,filters] and a stride, the image padded with zeros. One
 * example's gradient is the product of its patches with δ, small enough to be made for each.
 */
export function convolution(
  rng: Rng,
  name: string,
  { shape, stride, padding }: { shape: [number, number, number, number]; stride: number; padding: number },
): Layer {
  const { kernel, bias, params } = parametersOf(rng, name, shape);
  const filter = kernel as tf.Tensor as tf.Tensor4D;
  const padded = (x: tf.Tensor) =>
    padding === 0
      ? (x as tf.Tensor4D)
      : tf.pad4d(x as tf.Tensor4D, [[0, 0], [padding, padding], [padding, padding], [0, 0]]); // biome-ignore format: pairs
  return {
    params,
    multiplyAdds: shape.reduce((product, length) => product * length),
    apply: (input) => tf.add(tf.conv2d(padded(input), filter, stride, 'valid'), bias),
    perExample: (input, delta) => {
      const [n, height, width, filters] = delta.shape as [number, number, number, number];
      const rows = patches(padded(input), { kernel: [shape[0], shape[1]], stride, out: [height, width] });
      const deltas = tf.reshape(delta, [n, height * width, filters]);
      const kernels = tf.reshape(tf.matMul(rows, deltas, true), [n, -1]);
      const biases = tf.sum<tf.Tensor2D>(deltas, 1);
      return {
        squares: tf.add(squaredRows(kernels), squaredRows(biases)),
        sum: (factors) => {
          const weights = tf.expandDims(factors, 0) as tf.Tensor2D;
          return {
            [`${name}/kernel`]: tf.reshape(tf.matMul(weights, kernels), shape),
            [`${name}/bias`]: tf.reshape(tf.matMul(weights, biases), [filters]),
          };
        },
      };
    },
  };
}

/** Images [n,h,w,c] → [n, outHeight·outWidth, kh·kw·c]: what the kernel sees at each place, in the kernel's order. */
function patches(
  x: tf.Tensor4D,
  options: { kernel: [number, number]; stride: number; out: [number, number] },
): tf.Tensor3D {
  const { kernel, stride, out } = options;
  const [n, , , channels] = x.shape;
  const shifted: tf.Tensor4D[] = [];
  for (let down = 0; down < kernel[0]; down++)
    for (let right = 0; right < kernel[1]; right++) {
      const end: [number, number] = [down + (out[0] - 1) * stride + 1, right + (out[1] - 1) * stride + 1];
      shifted.push(
        tf.stridedSlice(x, [0, down, right, 0], [n, ...end, channels], [1, stride, stride, 1]) as tf.Tensor4D,
      );
    }
  return tf.reshape(tf.concat(shifted, 3), [n, out[0] * out[1], kernel[0] * kernel[1] * channels]);
}

/** [n, …] → [n]. */
function squaredRows(x: tf.Tensor): tf.Tensor1D {
  return tf.sum(tf.square(tf.reshape(x, [x.shape[0]!, -1])), 1);
}

function parametersOf(rng: Rng, name: string, shape: number[]) {
  const kernel = parameter(`${name}/kernel`, shape, heNormal(rng, `${name}/kernel`, shape));
  const bias = parameter(`${name}/bias`, [shape.at(-1)!], new Float32Array(shape.at(-1)!));
  return { kernel, bias, params: { [`${name}/kernel`]: kernel, [`${name}/bias`]: bias } };
}
