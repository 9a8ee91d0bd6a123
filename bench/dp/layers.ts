import * as tf from '@tensorflow/tfjs';
import { parameter } from '../../src/core/params';
import type { Params } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { heNormal } from '../../src/models/parts/initializers';

/** A layer with parameters `name/kernel` and `name/bias`. */
export interface Layer {
  readonly params: Params;
  readonly multiplyAdds: number;
  /** Inputs [n, …] → outputs [n, …], before any activation. */
  apply(input: tf.Tensor): tf.Tensor;
}

export function dense(rng: Rng, name: string, shape: [number, number]): Layer {
  const { kernel, bias, params } = parametersOf(rng, name, shape);
  const matrix = kernel as tf.Tensor as tf.Tensor2D;
  return {
    params,
    multiplyAdds: shape[0] * shape[1],
    apply: (input) => tf.add(tf.matMul(input as tf.Tensor2D, matrix), bias),
  };
}

/** A convolution of images [n,h,w,c] with a kernel [kh,kw,c,filters] and a stride, the image padded with zeros. */
export function convolution(
  rng: Rng,
  name: string,
  { shape, stride, padding }: { shape: [number, number, number, number]; stride: number; padding: number },
): Layer {
  const { kernel, bias, params } = parametersOf(rng, name, shape);
  const filter = kernel as tf.Tensor as tf.Tensor4D;
  return {
    params,
    multiplyAdds: shape.reduce((product, length) => product * length),
    apply: (input) => tf.add(tf.conv2d(input as tf.Tensor4D, filter, stride, padding), bias),
  };
}

function parametersOf(rng: Rng, name: string, shape: number[]) {
  const kernel = parameter(`${name}/kernel`, shape, heNormal(rng, `${name}/kernel`, shape));
  const bias = parameter(`${name}/bias`, [shape.at(-1)!], new Float32Array(shape.at(-1)!));
  return { kernel, bias, params: { [`${name}/kernel`]: kernel, [`${name}/bias`]: bias } };
}
