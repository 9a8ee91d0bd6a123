import { z } from 'zod';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { sageLayer } from '../layers/sage';
import { numbered, stack, stackShape } from '../layers/stack';

/** GraphSAGE, Hamilton, Ying, Leskovec 2017 (arXiv:1706.02216). Taps `hidden<n>`, `message<n>`. */
export default model({
  description:
    'GraphSAGE with the mean, the maximum of a pooling layer, or the mean with the node itself (Hamilton 2017)',
  input: 'flat',
  options: section({ ...stackShape, aggregator: z.enum(['mean', 'pool', 'gcn']).default('mean') }),
  build: ({ aggregator, ...options }, place) =>
    stack(place, { options, layer: (at) => sageLayer(at, aggregator), taps: numbered('message') }),
});
