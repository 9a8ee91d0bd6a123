import * as tf from '@tensorflow/tfjs';
import { parameter } from '../../../src/core/params';
import type { Batch, Model, Params } from '../../../src/core/types';
import { Rng } from '../../../src/math/rng';

type Shapes = Readonly<Record<string, readonly number[]>>;
type Weights<S extends Shapes> = { readonly [Name in keyof S]: tf.Variable };

/** A model made of plain tfjs operations, with normally distributed parameters. */
function modelOf<S extends Shapes>(
  id: string,
  { inputShape, shapes, classes = 3 }: { inputShape: number[]; shapes: S; classes?: number },
  logits: (batch: Batch, weights: Weights<S>) => tf.Tensor,
): Model {
  const rng = Rng.root(7).split(id);
  const params: Params = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return [name, parameter(`${id}/${name}`, [...shape], rng.split(name).normal(size, 0.1, 0.5))];
    }),
  );
  return {
    id,
    inputShape,
    classes,
    params,
    taps: [],
    coupling: 'example',
    cost: { parameters: 0, bytes: 0, multiplyAdds: 0 },
    forward: (batch) => ({ logits: logits(batch, params as Weights<S>) as tf.Tensor2D, taps: {} }),
  };
}

const as = <T extends tf.Tensor>(variable: tf.Variable) => variable as tf.Tensor as T;

/** Group normalisation (Wu and He 2018) of images [n,h,w,c], gain and bias apart. */
function grouped(x: tf.Tensor4D, groups: number): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const split = tf.reshape(x, [n, h, w, groups, c / groups]);
  const centred = tf.sub(split, tf.mean(split, [1, 2, 4], true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), [1, 2, 4], true), 1e-5));
  return tf.reshape(tf.mul(centred, scale), [n, h, w, c]);
}

/** Convolution with a stride, group normalisation, a depthwise convolution, a dense layer. */
export const normedCnn = () =>
  modelOf(
    'cnn',
    {
      inputShape: [8, 8, 2],
      shapes: {
        'conv1/kernel': [3, 3, 2, 4],
        'conv1/bias': [4],
        'norm/gain': [4],
        'norm/bias': [4],
        'depthwise/kernel': [3, 3, 4, 2],
        'conv2/kernel': [2, 2, 8, 40],
        'logits/kernel': [40, 3],
        'logits/bias': [3],
      },
    },
    ({ x }, w) => {
      const first = tf.add<tf.Tensor4D>(
        tf.conv2d(x as tf.Tensor4D, as<tf.Tensor4D>(w['conv1/kernel']), 2, 'same'),
        w['conv1/bias'],
      );
      const normed = tf.relu(tf.add<tf.Tensor4D>(tf.mul(grouped(first, 2), w['norm/gain']), w['norm/bias']));
      const deep = tf.tanh(tf.depthwiseConv2d(normed, as<tf.Tensor4D>(w['depthwise/kernel']), 1, 'same'));
      // 9 places, 32 → 40 channels: here the Gram matrices are the smaller ones.
      const last = tf.tanh(tf.conv2d(deep, as<tf.Tensor4D>(w['conv2/kernel']), 1, 'valid'));
      return tf.add(
        tf.matMul(tf.mean<tf.Tensor2D>(last, [1, 2]), as<tf.Tensor2D>(w['logits/kernel'])),
        w['logits/bias'],
      );
    },
  );

/** Token and position embeddings, a class token, one head of attention, layer normalisation; the embedding is used twice. */
export const attention = () =>
  modelOf(
    'attention',
    {
      inputShape: [4],
      shapes: {
        embedding: [5, 6],
        position: [4, 6],
        token: [1, 1, 6],
        query: [6, 6],
        key: [6, 6],
        value: [6, 6],
        gain: [6],
        bias: [6],
        tied: [6, 3],
        shift: [],
      },
    },
    ({ x, size }, w) => {
      const ids = tf.cast(tf.clipByValue(tf.abs(tf.mul(x, 2)), 0, 4), 'int32') as tf.Tensor2D;
      const words = tf.add<tf.Tensor3D>(tf.gather(as<tf.Tensor2D>(w.embedding), ids), w.position);
      const h = tf.concat([tf.tile(as<tf.Tensor3D>(w.token), [size, 1, 1]), words], 1);
      const project = (kernel: tf.Variable) => {
        const rows = tf.matMul(tf.reshape(h, [size * 5, 6]), as<tf.Tensor2D>(kernel));
        return tf.reshape(rows, [size, 5, 6]) as tf.Tensor3D;
      };
      const weights = tf.softmax(tf.matMul(project(w.query), project(w.key), false, true));
      const mixed = tf.add(h, tf.matMul(weights, project(w.value)));
      const centred = tf.sub(mixed, tf.mean(mixed, 2, true));
      const normed = tf.mul(centred, tf.rsqrt(tf.add(tf.mean(tf.square(centred), 2, true), 1e-5)));
      const out = tf.sub(tf.add(tf.mul(normed, w.gain), w.bias), w.shift);
      const first = tf.reshape(tf.slice(out, [0, 0, 0], [-1, 1, -1]), [size, 6]) as tf.Tensor2D;
      // The same matrix twice, and once transposed.
      const tied = as<tf.Tensor2D>(w.tied);
      const logits = tf.add<tf.Tensor2D>(tf.matMul(first, tied), tf.matMul(tf.tanh(first), tied));
      return tf.add(logits, tf.matMul(tf.matMul(logits, tied, false, true), tf.transpose(tf.transpose(tied))));
    },
  );

/** What one example sees depends on the others, but it does not say so. */
export const coupled = () =>
  modelOf('coupled', { inputShape: [4], shapes: { kernel: [4, 3] } }, ({ x }, w) => {
    const centred = tf.sub(x, tf.mean(x, 0, true)) as tf.Tensor2D;
    return tf.matMul(centred, as<tf.Tensor2D>(w.kernel));
  });

/** Columns stand for examples. */
export const columns = () =>
  modelOf('columns', { inputShape: [4], shapes: { kernel: [3, 4] } }, ({ x }, w) =>
    tf.transpose(tf.matMul(as<tf.Tensor2D>(w.kernel), x as tf.Tensor2D, false, true)),
  );

/** A table of rows, read in the order place by place: [T, n, d] flattened. */
export const placeByPlace = () =>
  modelOf('placeByPlace', { inputShape: [2, 4], shapes: { kernel: [4, 3] } }, ({ x, size }, w) => {
    const rows = tf.reshape(tf.transpose(x as tf.Tensor3D, [1, 0, 2]), [2 * size, 4]) as tf.Tensor2D;
    const out = tf.reshape(tf.matMul(rows, as<tf.Tensor2D>(w.kernel)), [2, size, 3]);
    return tf.sum(tf.tanh(out), 0);
  });
