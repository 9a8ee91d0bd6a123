import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { spmm } from '../../src/sparse/product';
import { graphOf } from '../batch';
import { featuresOf } from '../layers/node-input';
import { featureWidth } from '../layers/stack';
import { Weights } from '../layers/weights';

/**
 * Simple graph convolution, Wu et al. 2019 (arXiv:1902.07153): Â^K X W + b, Â = D^-½ (A + I) D^-½. The kernel is applied
 * first: it narrows what is passed on. No taps.
 */
export default model({
  description: 'linear classifier of features passed on K times (Wu et al. 2019)',
  input: 'flat',
  options: section({
    hops: z.number().int().positive().default(2),
    dropout: z.number().min(0).lt(1).default(0).describe('of the features, in training'),
  }),
  build: ({ hops, dropout }, place) => {
    const weights = new Weights(place);
    const kernel = weights.kernel('kernel', featureWidth(place), place.classes);
    const bias = weights.bias('bias', place.classes);
    return {
      id: place.id,
      inputShape: place.inputShape,
      classes: place.classes,
      params: weights.params,
      taps: [],
      coupling: 'batch',
      cost: weights.cost,
      forward: (batch, { training, draws }) => {
        const { loops } = graphOf(batch, place.id);
        const input = featuresOf(batch, place.id);
        let z = (training ? input.dropped(dropout, draws?.split('dropout')) : input).project(kernel);
        for (let hop = 0; hop < hops; hop++) z = spmm(loops, z);
        return { logits: tf.add(z, bias), taps: {} };
      },
    };
  },
});
