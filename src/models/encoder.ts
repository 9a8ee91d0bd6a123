import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../core/errors';
import { model } from '../core/model';
import { costOf } from './parts/cost';
import { transformer, transformerOptions, weights } from './parts/transformer';

/**
 * A BERT encoder with a classifier on its first token: token numbers [n, length] → logits [n, classes]. Taps of every
 * layer are in parts/transformer.ts.
 */
export default model({
  description: 'transformer encoder (BERT’s) on token numbers, classified by its first token',
  input: 'tokens',
  options: transformerOptions,
  build: (options, { id, inputShape, classes, rng, tokens }) => {
    const [length, ...more] = inputShape;
    if (tokens === undefined || length === undefined || more.length > 0)
      throw new KdlabError(`model ${id}: an encoder takes sequences of token numbers; use it in experiment: text`);
    const { params, taps, multiplyAdds, pass } = transformer(options, { id, causal: false, rng, ...tokens });
    const { width } = options;
    const add = weights(id, params, rng);
    add.dense('pooler', width, width);
    add.dense('classifier', width, classes);
    const linear = (x: tf.Tensor2D, name: string): tf.Tensor2D =>
      tf.add(tf.matMul(x, params[`${name}/kernel`] as tf.Tensor as tf.Tensor2D), params[`${name}/bias`]!);
    return {
      id,
      inputShape,
      classes,
      params,
      taps,
      coupling: 'example',
      cost: costOf(params, multiplyAdds + width * (width + classes)),
      forward: ({ x, size: n }, mode) => {
        const { rows, taps: found } = pass(x, n, mode);
        const first = tf.reshape<tf.Rank.R2>(tf.slice(tf.reshape(rows, [n, length, width]), [0, 0, 0], [n, 1, width]), [
          n,
          width,
        ]);
        return { logits: linear(tf.tanh(linear(first, 'pooler')), 'classifier'), taps: found };
      },
    };
  },
});
