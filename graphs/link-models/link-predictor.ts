import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { together } from '../../src/models/parts/cost';
import { dropout as drop } from '../../src/models/parts/dropout';
import { graphConvolution } from '../layers/graph-convolution';
import { linear } from '../layers/linear';
import { sageLayer } from '../layers/sage';
import { activated, type LayerPlace, stack, stackShape } from '../layers/stack';
import { Weights } from '../layers/weights';
import { nodesOf } from '../link-batch';

const LAYERS = {
  sage: (place: LayerPlace) => sageLayer(place, 'mean'),
  gcn: graphConvolution,
  mlp: linear,
};

/**
 * How likely an edge joins an example's node to each of its candidates: an encoder of nodes, then a perceptron on the product
 * h_u ⊙ h_v (as Guo et al. 2023, arXiv:2210.05801, decode). Logits [n, candidates]; tap `anchor` [n, width].
 */
export default model({
  description: 'scores of pairs: an encoder of nodes, with the graph or without, and a decoder of products',
  input: 'flat',
  options: section({
    ...stackShape,
    hidden: stackShape.hidden.unwrap().min(1).default([128, 128]).describe('width of each layer of the encoder'),
    encoder: z.enum(['sage', 'gcn', 'mlp']).default('sage').describe('mlp: without the graph'),
    decoder: z.number().int().positive().default(64).describe('hidden units of the decoder'),
  }),
  build: ({ encoder, decoder, hidden, ...options }, place) => {
    const width = hidden.at(-1)!;
    const nodes = stack(
      { ...place, classes: width },
      {
        options: { ...options, hidden: hidden.slice(0, -1) },
        layer: LAYERS[encoder],
        coupling: encoder === 'mlp' ? 'example' : 'batch',
      },
    );
    const weights = new Weights(place);
    const inner = weights.kernel('decoder/inner', width, decoder);
    const innerBias = weights.bias('decoder/innerBias', decoder);
    const outer = weights.kernel('decoder/outer', decoder, 1);
    const bias = weights.bias('decoder/bias', 1);
    return {
      id: place.id,
      inputShape: place.inputShape,
      classes: place.classes,
      params: { ...nodes.params, ...weights.params },
      taps: ['anchor'],
      coupling: 'batch',
      cost: together(nodes.cost, weights.cost),
      forward: (batch, mode) => {
        const h = nodes.forward(nodesOf(batch, place.id), mode).logits;
        const candidates = batch.extras!.candidates as tf.Tensor2D;
        const [n, each] = candidates.shape;
        const anchor = tf.gather(h, batch.x as tf.Tensor1D);
        const others = tf.reshape(tf.gather(h, tf.reshape(candidates, [-1])), [n, each, width]);
        const product = tf.reshape(tf.mul(others, tf.reshape(anchor, [n, 1, width])), [n * each, width]) as tf.Tensor2D;
        const { dropout, activation } = options;
        const dropped =
          mode.training && dropout > 0
            ? drop(product, { rate: dropout, draws: mode.draws?.split('decoder') })
            : product;
        const hiddenUnits = activated(tf.add(tf.matMul(dropped, inner), innerBias) as tf.Tensor2D, activation);
        const scores = tf.add(tf.matMul(hiddenUnits, outer), bias);
        return { logits: tf.reshape(scores, [n, each]) as tf.Tensor2D, taps: { anchor } };
      },
    };
  },
});
