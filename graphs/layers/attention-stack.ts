import { z } from 'zod';
import type { ModelPlace } from '../../src/core/model';
import { section } from '../../src/core/section';
import type { Model } from '../../src/core/types';
import { attentionLayer } from './attention';
import { numbered, stack, stackShape } from './stack';

export const attentionOptions = section({
  ...stackShape,
  hidden: stackShape.hidden.removeDefault().default([8]).describe('width of each head of each hidden layer'),
  dropout: stackShape.dropout.removeDefault().default(0.6),
  activation: stackShape.activation.removeDefault().default('elu'),
  heads: z.number().int().positive().default(8).describe('of hidden layers, side by side'),
  outputHeads: z.number().int().positive().default(1).describe('of the last layer, averaged'),
  attentionDropout: z.number().min(0).lt(1).default(0.6),
  slope: z.number().min(0).default(0.2).describe('of the LeakyReLU of scores'),
});

/** Attention layers one after the other. */
export function attentionStack(
  place: ModelPlace,
  { heads, outputHeads, attentionDropout, slope, ...options }: z.output<typeof attentionOptions>,
  version: 1 | 2,
): Model {
  return stack(place, {
    options,
    multiple: heads,
    layer: (at) =>
      attentionLayer(at, {
        version,
        slope,
        dropout: attentionDropout,
        heads: at.last ? outputHeads : heads,
        join: at.last ? 'mean' : 'concatenate',
      }),
    taps: (layers) => [...numbered('message')(layers), ...numbered('attention')(layers)],
  });
}
