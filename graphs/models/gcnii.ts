import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { dropout as drop } from '../../src/models/parts/dropout';
import { spmm } from '../../src/sparse/product';
import { graphOf } from '../batch';
import { featuresOf } from '../layers/node-input';
import { featureWidth, numbered } from '../layers/stack';
import { Weights } from '../layers/weights';

/**
 * GCNII, Chen, Wei, Huang, Ding, Li 2020 (arXiv:2007.02133), eq. 5: H_l = relu(((1 − α) Â H + α H_0)((1 − β_l) I + β_l W_l)),
 * β_l = log(λ/l + 1), H_0 = relu(X W + b), logits from H_L. Taps `hidden1` … `hidden<layers>`.
 */
export default model({
  description: 'deep graph convolutions with initial residual and identity mapping (Chen et al. 2020)',
  input: 'flat',
  options: section({
    layers: z.number().int().positive().default(16),
    hidden: z.number().int().positive().default(64),
    dropout: z.number().min(0).lt(1).default(0.6).describe('of the inputs of every layer, in training'),
    alpha: z.number().min(0).max(1).default(0.1).describe('share of the first layer in every one'),
    lambda: z.number().positive().default(0.5).describe('how much of a layer is its kernel, falling with depth'),
  }),
  build: ({ layers, hidden, dropout, alpha, lambda }, place) => {
    const weights = new Weights(place);
    const input = weights.kernel('input/kernel', featureWidth(place), hidden);
    const inputBias = weights.bias('input/bias', hidden);
    const kernels = Array.from({ length: layers }, (_, l) => weights.kernel(`conv${l + 1}/kernel`, hidden, hidden));
    const output = weights.kernel('output/kernel', hidden, place.classes);
    const outputBias = weights.bias('output/bias', place.classes);
    return {
      id: place.id,
      inputShape: place.inputShape,
      classes: place.classes,
      params: weights.params,
      taps: numbered('hidden')(layers),
      coupling: 'batch',
      cost: weights.cost,
      forward: (batch, { training, draws }) => {
        const { loops } = graphOf(batch, place.id);
        const dropped = (x: tf.Tensor2D, layer: number) =>
          training && dropout > 0 ? drop(x, { rate: dropout, draws: draws?.split('dropout', layer) }) : x;
        const features = featuresOf(batch, place.id);
        const given = training ? features.dropped(dropout, draws?.split('features')) : features;
        const start = tf.relu(tf.add(given.project(input), inputBias) as tf.Tensor2D);
        const taps: Record<string, tf.Tensor> = {};
        let h: tf.Tensor2D = start;
        for (const [l, kernel] of kernels.entries()) {
          const beta = Math.log(lambda / (l + 1) + 1);
          const mixed: tf.Tensor2D = tf.add(tf.mul(spmm(loops, dropped(h, l)), 1 - alpha), tf.mul(start, alpha));
          const turned: tf.Tensor2D = tf.mul(tf.matMul(mixed, kernel), beta);
          h = tf.relu(tf.add(tf.mul(mixed, 1 - beta), turned) as tf.Tensor2D);
          taps[`hidden${l + 1}`] = h;
        }
        const logits: tf.Tensor2D = tf.add(tf.matMul(dropped(h, layers), output), outputBias);
        return { logits, taps };
      },
    };
  },
});
