import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../core/errors';
import { model } from '../core/model';
import { parameter } from '../core/params';
import { section } from '../core/section';
import type { Model } from '../core/types';
import type { Rng } from '../math/rng';
import { costOf } from './parts/cost';
import { dropout } from './parts/dropout';
import { glorotUniform, heNormal } from './parts/initializers';

export const cnnOptions = section({
  filters: z.array(z.number().int().positive()).min(1).default([16, 32]).describe('channels of each convolution'),
  kernel: z.number().int().positive().default(3),
  hidden: z.number().int().positive().default(64).describe('width of the dense layer before the logits'),
  dropout: z.number().min(0).lt(1).default(0).describe('before the logits, in training'),
});

/**
 * A small convolutional network: for each entry of `filters` a same-padded convolution, ReLU and 2×2 max pooling, then
 * one dense layer. x [n,h,w,c] → logits [n, classes]; taps `block1`, … (after pooling) and `dense`.
 * Throws RangeError where the image is too small for the number of poolings.
 */
export function cnn(
  options: z.input<typeof cnnOptions> & {
    id: string;
    input: readonly [number, number, number];
    classes: number;
    rng: Rng;
  },
): Model {
  const { id, input, classes, rng, ...rest } = options;
  const { filters, kernel, hidden, dropout: rate } = cnnOptions.parse(rest);
  const params: Record<string, tf.Variable> = {};
  const add = (name: string, shape: number[], init: typeof heNormal) => {
    params[`${name}/kernel`] = parameter(`${id}/${name}/kernel`, shape, init(rng, `${name}/kernel`, shape));
    const width = shape.at(-1)!;
    params[`${name}/bias`] = parameter(`${id}/${name}/bias`, [width], new Float32Array(width));
  };
  let [height, width, channels] = input;
  let multiplyAdds = 0;
  filters.forEach((count, i) => {
    add(`conv${i + 1}`, [kernel, kernel, channels, count], heNormal);
    multiplyAdds += height * width * kernel * kernel * channels * count;
    height = Math.floor(height / 2);
    width = Math.floor(width / 2);
    channels = count;
  });
  const flat = height * width * channels;
  if (flat === 0)
    throw new RangeError(
      `${filters.length} poolings leave nothing of a ${input[0]}×${input[1]} image; use fewer filters`,
    );
  add('dense', [flat, hidden], heNormal);
  add('logits', [hidden, classes], glorotUniform);
  multiplyAdds += flat * hidden + hidden * classes;
  return {
    id,
    inputShape: [...input],
    classes,
    params,
    taps: [...filters.map((_, i) => `block${i + 1}`), 'dense'],
    coupling: 'example',
    cost: costOf(params, multiplyAdds),
    forward: ({ x, size }, { training, draws }) => {
      const taps: Record<string, tf.Tensor> = {};
      let h = x as tf.Tensor4D;
      filters.forEach((_, i) => {
        const filter = params[`conv${i + 1}/kernel`] as tf.Tensor as tf.Tensor4D;
        const sum = tf.add<tf.Tensor4D>(tf.conv2d(h, filter, 1, 'same'), params[`conv${i + 1}/bias`]!);
        h = tf.maxPool(tf.relu(sum), 2, 2, 'valid');
        taps[`block${i + 1}`] = h;
      });
      const dense = (input: tf.Tensor2D, name: string): tf.Tensor2D =>
        tf.add(tf.matMul(input, params[`${name}/kernel`] as tf.Tensor as tf.Tensor2D), params[`${name}/bias`]!);
      const last = tf.relu(dense(tf.reshape(h, [size, flat]), 'dense'));
      taps.dense = last;
      const kept = training && rate > 0 ? dropout(last, { rate, draws: draws?.split('dropout') }) : last;
      return { logits: dense(kept, 'logits'), taps };
    },
  };
}

export default model({
  description: 'small convolutional network for images',
  input: 'image',
  options: cnnOptions,
  build: (options, { id, inputShape, classes, rng }) => {
    const [height, width, channels] = inputShape;
    if (inputShape.length !== 3 || !height || !width || !channels)
      throw new KdlabError(
        `model ${id}: a cnn takes images [h,w,c], found shape [${inputShape}]; use an mlp for vectors`,
      );
    return cnn({ ...options, id, input: [height, width, channels], classes, rng });
  },
});
