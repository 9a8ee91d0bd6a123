import { z } from 'zod';
import { optimizer } from '../core/optimizer';
import { section } from '../core/section';
import { adamRule } from './rules/adam';

/** Adam, Kingma and Ba 2015 (arXiv:1412.6980), algorithm 1. */
export default optimizer({
  description: 'Adam (Kingma and Ba 2015)',
  options: section({
    beta1: z.number().min(0).lt(1).default(0.9),
    beta2: z.number().min(0).lt(1).default(0.999),
    epsilon: z.number().positive().default(1e-8),
  }),
  build: (options) => adamRule({ ...options, weightDecay: 0 }),
});
