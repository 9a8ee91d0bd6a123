import { z } from 'zod';
import { optimizer } from '../core/optimizer';
import { section } from '../core/section';
import { adamRule } from './rules/adam';

/** Adam with decoupled weight decay, Loshchilov and Hutter 2019 (arXiv:1711.05101), algorithm 2. */
export default optimizer({
  description: 'Adam with decoupled weight decay (Loshchilov and Hutter 2019)',
  options: section({
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-8),
    weightDecay: z.number().min(0).default(0.01).describe('θ shrinks by learningRate · weightDecay each step'),
  }),
  build: adamRule,
});
