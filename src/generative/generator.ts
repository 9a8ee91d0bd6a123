import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../core/errors';
import { parameter } from '../core/params';
import { section } from '../core/section';
import type { ModelCost, Params } from '../core/types';
import type { Rng } from '../math/rng';
import { costOf } from '../models/parts/cost';
import { glorotUniform, heNormal } from '../models/parts/initializers';

export const generatorSchema = section({
  latent: z.number().int().positive().default(64).describe('normal numbers that an image is made of'),
  kind: z.enum(['dense', 'convolution']).default('convolution'),
  hidden: z.number().int().positive().default(256).describe('width of the dense kind'),
  filters: z.number().int().positive().default(32).describe('channels of the convolutions'),
});

/** A network from latent numbers to images in [0, 1]: z [n, latent] → [n, h, w, c]. */
export interface Generator {
  readonly latent: number;
  readonly params: Params;
  readonly cost: ModelCost;
  draw(z: tf.Tensor2D, n: number): tf.Tensor4D;
}

/**
 * `dense`: two hidden layers. `convolution`: a dense layer to a quarter of the height and width, then twice doubled by
 * repetition with a 3×3 convolution after each, as in DAFL and ZSKT but without batch normalisation, which would couple
 * the examples. Throws KdlabError where the image cannot be halved twice.
 */
export function generator(
  { latent, kind, hidden, filters }: z.output<typeof generatorSchema>,
  { shape, rng }: { readonly shape: readonly [number, number, number]; readonly rng: Rng },
): Generator {
  const [height, width, channels] = shape;
  if (kind === 'convolution' && (height % 4 !== 0 || width % 4 !== 0))
    throw new KdlabError(`generator: an image of ${height}×${width} cannot be halved twice; choose kind: dense`);
  const params: Record<string, tf.Variable> = {};
  const add = (name: string, size: number[], start: typeof heNormal) => {
    params[`${name}/kernel`] = parameter(`generator/${name}/kernel`, size, start(rng, `${name}/kernel`, size));
    const out = size.at(-1)!;
    params[`${name}/bias`] = parameter(`generator/${name}/bias`, [out], new Float32Array(out));
  };
  const bias = (name: string) => params[`${name}/bias`]!;
  const dense = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(tf.matMul(x, params[`${name}/kernel`] as tf.Tensor as tf.Tensor2D), bias(name));
  const convolved = (x: tf.Tensor4D, name: string): tf.Tensor4D =>
    tf.add(tf.conv2d(x, params[`${name}/kernel`] as tf.Tensor as tf.Tensor4D, 1, 'same'), bias(name));
  const pixels = height * width * channels;
  if (kind === 'dense') {
    add('dense1', [latent, hidden], heNormal);
    add('dense2', [hidden, hidden], heNormal);
    add('image', [hidden, pixels], glorotUniform);
    return {
      latent,
      params,
      cost: costOf(params, hidden * (latent + hidden + pixels)),
      draw: (z, n) => {
        const h = tf.leakyRelu(dense(tf.leakyRelu(dense(z, 'dense1')), 'dense2'));
        return tf.reshape(tf.sigmoid(dense(h, 'image')), [n, height, width, channels]);
      },
    };
  }
  const [low, across] = [height / 4, width / 4];
  add('dense', [latent, low * across * filters], heNormal);
  add('convolution1', [3, 3, filters, filters], heNormal);
  add('convolution2', [3, 3, filters, filters], heNormal);
  add('image', [3, 3, filters, channels], glorotUniform);
  const multiplyAdds =
    latent * low * across * filters +
    9 * filters * (height * width * (filters + channels) + (height * width * filters) / 4);
  return {
    latent,
    params,
    cost: costOf(params, multiplyAdds),
    draw: (z, n) => {
      let h: tf.Tensor4D = tf.reshape(tf.leakyRelu(dense(z, 'dense')), [n, low, across, filters]);
      for (const name of ['convolution1', 'convolution2']) h = tf.leakyRelu(convolved(doubled(h), name));
      return tf.sigmoid(convolved(h, 'image'));
    },
  };
}

/** Every pixel twice along both axes: [n, h, w, c] → [n, 2h, 2w, c]. */
function doubled(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const wide = tf.concat([x, x], 3);
  const row = tf.reshape<tf.Rank.R3>(wide, [n, h, 2 * w * c]);
  return tf.reshape(tf.concat([row, row], 2), [n, 2 * h, 2 * w, c]);
}
