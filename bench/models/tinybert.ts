import * as tf from '@tensorflow/tfjs';
import { parameter } from '../../src/core/params';
import type { Model } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';

export interface TransformerSize {
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly intermediate: number;
  readonly vocabulary: number;
  readonly length: number;
  readonly classes: number;
}

/** TinyBERT's general student (Jiao et al. 2020, arXiv:1909.10351): 14.5 million parameters. */
export const TINYBERT: TransformerSize = {
  layers: 4,
  width: 312,
  heads: 12,
  intermediate: 1200,
  vocabulary: 30_522,
  length: 64,
  classes: 2,
};

/**
 * A BERT encoder (Devlin et al. 2019) with a classifier on its first token: token ids int32 [n, length] → logits
 * [n, classes]. Embeddings of token and position, then layers of attention and a GELU network, each followed by
 * addition and layer normalisation; all sequences are full, no dropout.
 */
export function transformer(id: string, size: TransformerSize, rng: Rng): Model {
  const { layers, width, heads, intermediate, vocabulary, length, classes } = size;
  const params: Record<string, tf.Variable> = {};
  const weight = (name: string, shape: number[]) => {
    const count = shape.reduce((product, n) => product * n);
    params[name] = parameter(`${id}/${name}`, shape, rng.split(name).normal(count, 0, 0.02));
  };
  const dense = (name: string, from: number, to: number) => {
    weight(`${name}/kernel`, [from, to]);
    params[`${name}/bias`] = parameter(`${id}/${name}/bias`, [to], new Float32Array(to));
  };
  const norm = (name: string) => {
    params[`${name}/gain`] = parameter(`${id}/${name}/gain`, [width], new Float32Array(width).fill(1));
    params[`${name}/shift`] = parameter(`${id}/${name}/shift`, [width], new Float32Array(width));
  };
  weight('embedding/token', [vocabulary, width]);
  weight('embedding/position', [length, width]);
  norm('embedding/norm');
  for (let layer = 0; layer < layers; layer++) {
    for (const part of ['query', 'key', 'value', 'output']) dense(`layer${layer}/${part}`, width, width);
    norm(`layer${layer}/attention`);
    dense(`layer${layer}/up`, width, intermediate);
    dense(`layer${layer}/down`, intermediate, width);
    norm(`layer${layer}/network`);
  }
  dense('pooler', width, width);
  dense('classifier', width, classes);

  const of = (name: string) => params[name]! as tf.Tensor;
  const linear = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
    tf.add(tf.matMul(x, of(`${name}/kernel`) as tf.Tensor2D), of(`${name}/bias`));
  const normalised = (x: tf.Tensor2D, name: string): tf.Tensor2D => {
    const centred = tf.sub(x, tf.mean(x, 1, true));
    const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), 1e-12));
    return tf.add(tf.mul(tf.mul(centred, scale), of(`${name}/gain`)), of(`${name}/shift`));
  };

  function attention(x: tf.Tensor2D, n: number, name: string): tf.Tensor2D {
    const perHead = width / heads;
    const split = (part: string) =>
      tf.transpose(tf.reshape(linear(x, `${name}/${part}`), [n, length, heads, perHead]), [0, 2, 1, 3]);
    const scores = tf.div(tf.matMul(split('query'), split('key'), false, true), Math.sqrt(perHead));
    const mixed = tf.matMul(tf.softmax(scores), split('value'));
    return linear(tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [n * length, width]), `${name}/output`);
  }

  return {
    id,
    inputShape: [length],
    classes,
    params,
    taps: [],
    coupling: 'example',
    cost: costOf(params, size),
    forward: ({ x, size: n }) => {
      const tokens = tf.gather(of('embedding/token'), tf.reshape(tf.cast(x, 'int32'), [n * length]) as tf.Tensor1D);
      const placed = tf.add(tf.reshape(tokens, [n, length, width]), of('embedding/position'));
      let h = normalised(tf.reshape(placed, [n * length, width]), 'embedding/norm');
      for (let layer = 0; layer < layers; layer++) {
        const name = `layer${layer}`;
        h = normalised(tf.add(h, attention(h, n, name)), `${name}/attention`);
        const wide = gelu(linear(h, `${name}/up`));
        h = normalised(tf.add(h, linear(wide, `${name}/down`)), `${name}/network`);
      }
      const first = tf.reshape(tf.slice(tf.reshape(h, [n, length, width]), [0, 0, 0], [n, 1, width]), [n, width]);
      return { logits: linear(tf.tanh(linear(first as tf.Tensor2D, 'pooler')), 'classifier'), taps: {} };
    },
  };
}

/** x·Φ(x) (Hendrycks and Gimpel 2016). */
function gelu(x: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
}

function costOf(
  params: Readonly<Record<string, tf.Variable>>,
  { layers, width, intermediate, length }: TransformerSize,
) {
  const parameters = Object.values(params).reduce((sum, { size }) => sum + size, 0);
  const perToken = 4 * width * width + 2 * width * intermediate + 2 * length * width;
  return { parameters, bytes: 4 * parameters, multiplyAdds: layers * length * perToken };
}
