import { z } from 'zod';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { linear } from '../layers/linear';
import { stack, stackShape } from '../layers/stack';

/**
 * A student that sees a node's features alone, with `positions` also numbers of its place in the graph (Tian et al. 2023,
 * NOSMOG). Taps `hidden<n>`.
 */
export default model({
  description: 'multi-layer perceptron on the features of each node, no graph',
  input: 'flat',
  options: section({
    ...stackShape,
    positions: z.number().int().min(0).default(0).describe('position numbers of a node beside its features'),
  }),
  build: ({ positions, ...options }, place) => stack(place, { options, positions, layer: linear, coupling: 'example' }),
});
