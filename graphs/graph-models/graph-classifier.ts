import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { together } from '../../src/models/parts/cost';
import { dropout as drop } from '../../src/models/parts/dropout';
import { neighborMean, neighborSum } from '../../src/sparse/aggregate';
import { matrixOf } from '../batch';
import { graphConvolution } from '../layers/graph-convolution';
import { isomorphismLayer } from '../layers/isomorphism';
import { sageLayer } from '../layers/sage';
import { activated, featureWidth, type LayerPlace, stack, stackShape } from '../layers/stack';
import { Weights } from '../layers/weights';

const LAYERS = {
  gin: isomorphismLayer,
  gcn: graphConvolution,
  sage: (place: LayerPlace) => sageLayer(place, 'mean'),
};

/**
 * Classes of whole graphs: message passing, then the sum or mean of a graph's nodes, then a linear layer (Xu et al. 2019,
 * arXiv:1810.00826, section 4, of the last layer alone). The batch is one of `GraphSet`. Tap `graph` [graphs, width].
 */
export default model({
  description: 'message passing and a readout over each graph’s nodes, for classes of graphs (Xu et al. 2019)',
  input: 'flat',
  options: section({
    ...stackShape,
    hidden: stackShape.hidden.unwrap().min(1).default([64, 64]).describe('width of each layer'),
    layer: z.enum(['gin', 'gcn', 'sage']).default('gin'),
    readout: z.enum(['sum', 'mean']).default('sum'),
  }),
  build: ({ layer, readout, hidden, ...options }, place) => {
    const width = hidden.at(-1)!;
    const nodes = stack(
      { ...place, inputShape: [featureWidth(place)], classes: width },
      { options: { ...options, hidden: hidden.slice(0, -1) }, layer: LAYERS[layer] },
    );
    const weights = new Weights(place);
    const kernel = weights.kernel('readout/kernel', width, place.classes);
    const bias = weights.bias('readout/bias', place.classes);
    return {
      id: place.id,
      inputShape: place.inputShape,
      classes: place.classes,
      params: { ...nodes.params, ...weights.params },
      taps: ['graph'],
      // A graph's result is its own, but its nodes stand among those of others.
      coupling: 'batch',
      cost: together(nodes.cost, weights.cost),
      forward: (batch, mode) => {
        const x = batch.extras?.['nodes/x'];
        if (x === undefined)
          throw new KdlabError(
            `${place.id} takes whole graphs, this source gives none; use it with graph-classification`,
          );
        const members = matrixOf(batch, 'members', place.id);
        const { logits: last } = nodes.forward({ x, extras: batch.extras!, size: x.shape[0]! }, mode);
        const h = activated(last, options.activation);
        const graph = readout === 'sum' ? neighborSum(members, h) : neighborMean(members, h);
        const { dropout } = options;
        const kept =
          mode.training && dropout > 0 ? drop(graph, { rate: dropout, draws: mode.draws?.split('readout') }) : graph;
        return { logits: tf.add(tf.matMul(kept, kernel), bias) as tf.Tensor2D, taps: { graph } };
      },
    };
  },
});
