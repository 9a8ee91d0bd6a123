import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../core/errors';
import { model } from '../core/model';
import { costOf } from './parts/cost';
import { transformer, transformerOptions, weights } from './parts/transformer';

/**
 * A causal transformer that predicts the next token. An example is a token: numbers [n·length] of n sequences one after
 * the other → logits [n·length, vocabulary], so that objectives on logits serve language models as they are. The tokens
 * of a sequence depend on each other: coupling is `batch`. Taps have a token's row on their leading axis: `hidden<l>`
 * [n·length, width], `attention<l>` and so on [n·length, heads, length].
 */
export default model({
  description: 'causal transformer: the next token at every place of a sequence',
  input: 'tokens',
  options: transformerOptions,
  build: (options, { id, inputShape, classes, rng, tokens }) => {
    if (tokens === undefined || inputShape.length > 0)
      throw new KdlabError(`model ${id}: a decoder takes one token number an example; use it in experiment: text`);
    const { length } = tokens;
    const { params, taps, multiplyAdds, pass } = transformer(options, { id, causal: true, rng, ...tokens });
    weights(id, params, rng).dense('next', options.width, classes);
    return {
      id,
      inputShape,
      classes,
      params,
      taps,
      coupling: 'batch',
      cost: costOf(params, multiplyAdds / length + options.width * classes),
      forward: ({ x, size }, mode) => {
        if (size % length !== 0)
          throw new KdlabError(`model ${id}: ${size} tokens are no whole sequences of ${length}`);
        const { rows, taps: found } = pass(x, size / length, mode);
        const logits = tf.add<tf.Tensor2D>(
          tf.matMul(rows, params['next/kernel'] as tf.Tensor as tf.Tensor2D),
          params['next/bias']!,
        );
        return { logits, taps: Object.fromEntries(Object.entries(found).map(([name, tap]) => [name, byToken(tap)])) };
      },
    };
  },
});

/** [n, length, width] → [n·length, width], [n, heads, length, length] → [n·length, heads, length]. */
function byToken(tap: tf.Tensor): tf.Tensor {
  if (tap.rank === 3) return tf.reshape(tap, [tap.shape[0]! * tap.shape[1]!, tap.shape[2]!]);
  const [n, heads, length] = tap.shape as [number, number, number];
  return tf.reshape(tf.transpose(tap, [0, 2, 1, 3]), [n * length, heads, length]);
}
