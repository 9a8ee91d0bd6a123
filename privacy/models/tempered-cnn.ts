import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { model } from '../../src/core/model';
import { parameter } from '../../src/core/params';
import { section } from '../../src/core/section';
import type { Model } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { costOf } from '../../src/models/parts/cost';
import { glorotUniform } from '../../src/models/parts/initializers';

const options = section({
  filters: z.tuple([z.number().int().positive(), z.number().int().positive()]).default([16, 32]),
  hidden: z.number().int().positive().default(32),
  activation: z
    .enum(['tanh', 'tempered', 'relu'])
    .default('tanh')
    .describe('tanh is the tempered sigmoid s = T = 2, o = 1'),
  scale: z.number().positive().default(2).describe('s of s·σ(T·x) − o'),
  temperature: z.number().positive().default(2).describe('T'),
  offset: z.number().default(1).describe('o'),
});

/**
 * The network of Papernot et al. (2021, arXiv:2007.14191) for MNIST: convolution 8×8 with stride 2, pooling 2×2 with stride
 * 1, convolution 4×4 with stride 2, pooling, a dense layer. Bounded activations keep gradients short, so that clipping takes
 * less of them. Images [h,w,c] of at least 20×20; taps `block1`, `block2`, `dense`.
 */
function temperedCnn(
  of: z.output<typeof options> & { id: string; input: readonly number[]; classes: number; rng: Rng },
): Model {
  const { id, input, classes, rng, filters, hidden, activation, scale, temperature, offset } = of;
  const [height, width, channels] = input as [number, number, number];
  const params: Record<string, tf.Variable> = {};
  const add = (name: string, shape: number[]) => {
    params[`${name}/kernel`] = parameter(`${id}/${name}/kernel`, shape, glorotUniform(rng, `${name}/kernel`, shape));
    params[`${name}/bias`] = parameter(`${id}/${name}/bias`, [shape.at(-1)!], new Float32Array(shape.at(-1)!));
  };
  const act = <T extends tf.Tensor>(x: T): T => {
    if (activation === 'relu') return tf.relu(x);
    if (activation === 'tanh') return tf.tanh(x);
    return tf.sub(tf.mul(tf.sigmoid(tf.mul(x, temperature)), scale), offset);
  };
  const [sides1, sides2] = [height, width].map((side) => {
    const first = Math.ceil(side / 2) - 1;
    return [first, Math.floor((first - 4) / 2)];
  }) as [[number, number], [number, number]];
  const flat = sides1[1] * sides2[1] * filters[1];
  add('conv1', [8, 8, channels, filters[0]]);
  add('conv2', [4, 4, filters[0], filters[1]]);
  add('dense', [flat, hidden]);
  add('logits', [hidden, classes]);
  const places = [(sides1[0] + 1) * (sides2[0] + 1), (sides1[1] + 1) * (sides2[1] + 1)] as const;
  const multiplyAdds =
    places[0] * 64 * channels * filters[0] +
    places[1] * 16 * filters[0] * filters[1] +
    flat * hidden +
    hidden * classes;
  const convolve = (x: tf.Tensor4D, name: string, padding: 'same' | 'valid') => {
    const kernel = params[`${name}/kernel`] as tf.Tensor as tf.Tensor4D;
    return tf.maxPool(
      act(tf.add<tf.Tensor4D>(tf.conv2d(x, kernel, 2, padding), params[`${name}/bias`]!)),
      2,
      1,
      'valid',
    );
  };
  const dense = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(tf.matMul(x, params[`${name}/kernel`] as tf.Tensor as tf.Tensor2D), params[`${name}/bias`]!);
  return {
    id,
    inputShape: [...input],
    classes,
    params,
    taps: ['block1', 'block2', 'dense'],
    coupling: 'example',
    cost: costOf(params, multiplyAdds),
    forward: ({ x, size }) => {
      const block1 = convolve(x as tf.Tensor4D, 'conv1', 'same');
      const block2 = convolve(block1, 'conv2', 'valid');
      const last = act(dense(tf.reshape(block2, [size, flat]), 'dense'));
      return { logits: dense(last, 'logits'), taps: { block1, block2, dense: last } };
    },
  };
}

export default model({
  description: 'convolutional network with bounded activations, for private training on images',
  input: 'image',
  options,
  build: (given, { id, inputShape, classes, rng }) => {
    const [height = 0, width = 0] = inputShape;
    if (inputShape.length !== 3 || Math.min(height, width) < 20)
      throw new KdlabError(`model ${id}: a tempered-cnn takes images of at least 20×20, found shape [${inputShape}]`);
    return temperedCnn({ ...given, id, input: inputShape, classes, rng });
  },
});
