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
import { glorotUniform, heNormal, orthogonal } from './parts/initializers';

export const mlpOptions = section({
  hidden: z.array(z.number().int().positive()).describe('width of each hidden layer'),
  activation: z.enum(['relu', 'tanh']).default('relu'),
  dropout: z.number().min(0).lt(1).default(0).describe('of the hidden units, in training'),
  inputDropout: z.number().min(0).lt(1).default(0).describe('of the inputs, in training'),
  initializer: z.enum(['he', 'glorot', 'orthogonal']).optional().describe('default: he for relu, glorot for tanh'),
});

/**
 * Multi-layer perceptron on flat examples: [n, input] → logits [n, classes]; taps `hidden1`, `hidden2`, … after the
 * activation. `outputGain` scales the last layer of an orthogonal start (0.01 for a policy, 1 for a value).
 */
export function mlp(
  options: z.input<typeof mlpOptions> & { id: string; input: number; classes: number; rng: Rng; outputGain?: number },
): Model {
  const { id, input, classes, rng, outputGain = 1 } = options;
  const { hidden, activation, dropout: rate, inputDropout, initializer } = mlpOptions.parse(pick(options));
  const start = initializer ?? (activation === 'relu' ? 'he' : 'glorot');
  const widths = [input, ...hidden, classes];
  const params: Record<string, tf.Variable> = {};
  for (let layer = 1; layer < widths.length; layer++) {
    const shape: [number, number] = [widths[layer - 1]!, widths[layer]!];
    const name = `dense${layer}/kernel`;
    const gain = layer === widths.length - 1 ? outputGain : Math.SQRT2;
    const values =
      start === 'orthogonal'
        ? orthogonal(rng, name, shape, gain)
        : start === 'he' && layer < widths.length - 1
          ? heNormal(rng, name, shape)
          : glorotUniform(rng, name, shape);
    params[name] = parameter(`${id}/${name}`, shape, values);
    params[`dense${layer}/bias`] = parameter(`${id}/dense${layer}/bias`, [shape[1]], new Float32Array(shape[1]));
  }
  const multiplyAdds = widths.slice(1).reduce((sum, width, i) => sum + width * widths[i]!, 0);
  return {
    id,
    inputShape: [input],
    classes,
    params,
    taps: hidden.map((_, i) => `hidden${i + 1}`),
    coupling: 'example',
    cost: costOf(params, multiplyAdds),
    forward: ({ x }, { training, draws }) => {
      const drop = (h: tf.Tensor2D, p: number, name: string) =>
        training && p > 0 ? dropout(h, { rate: p, draws: draws?.split(name) }) : h;
      const taps: Record<string, tf.Tensor> = {};
      let h = drop(x as tf.Tensor2D, inputDropout, 'dropout0');
      for (let layer = 1; layer < widths.length; layer++) {
        const kernel = params[`dense${layer}/kernel`] as tf.Tensor as tf.Tensor2D;
        const sum: tf.Tensor2D = tf.add(tf.matMul(h, kernel), params[`dense${layer}/bias`]!);
        if (layer === widths.length - 1) return { logits: sum, taps };
        const active = activation === 'relu' ? tf.relu(sum) : tf.tanh(sum);
        taps[`hidden${layer}`] = active;
        h = drop(active, rate, `dropout${layer}`);
      }
      throw new Error('unreachable: an MLP has at least one layer');
    },
  };
}

function pick(options: z.input<typeof mlpOptions>): z.input<typeof mlpOptions> {
  const { hidden, activation, dropout: rate, inputDropout, initializer } = options;
  return { hidden, activation, dropout: rate, inputDropout, initializer };
}

export default model({
  description: 'multi-layer perceptron',
  input: 'flat',
  options: mlpOptions,
  build: (options, { id, inputShape, classes, rng }) => {
    const [input, ...more] = inputShape;
    if (input === undefined || more.length > 0)
      throw new KdlabError(
        `model ${id}: an mlp takes flat examples, found shape [${inputShape}]; flatten them or use a cnn`,
      );
    return mlp({ ...options, id, input, classes, rng });
  },
});
