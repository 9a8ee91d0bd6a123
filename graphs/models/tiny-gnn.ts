import { z } from 'zod';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { linear } from '../layers/linear';
import { peerAwareLayer } from '../layers/peer-aware';
import { numbered, stack, stackShape } from '../layers/stack';

/**
 * TinyGNN, Yan, Wang, Guo, Lou 2020 (doi:10.1145/3394486.3403236): a shallow student whose hidden layers, one by default, see a
 * hop each and model the neighbours among themselves; the last layer is of the node alone. It learns from a deeper
 * teacher's soft labels (neighbour distillation: the objectives kd and node-labels). The paper's peers are the nodes of one sampled
 * layer; here they are a node's neighbours. Taps `hidden<n>`, `message<n>`, `attention<n>`.
 */
export default model({
  description: 'a shallow student that attends to its neighbours as peers (TinyGNN, Yan et al. 2020)',
  input: 'flat',
  options: section({
    ...stackShape,
    peers: z.number().int().positive().default(16).describe('width of the attention'),
  }),
  build: ({ peers, ...options }, place) =>
    stack(place, {
      options,
      layer: (at) => (at.last ? linear(at) : peerAwareLayer(at, peers)),
      taps: (layers) => [...numbered('message')(layers - 1), ...numbered('attention')(layers - 1)],
    }),
});
