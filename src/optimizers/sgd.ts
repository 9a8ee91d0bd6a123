import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { optimizer } from '../core/optimizer';
import { zerosLike } from '../core/params';
import { section } from '../core/section';

/** Stochastic gradient descent, v ← μv + g, θ ← θ − ηv; Nesterov: θ ← θ − η(g + μv) (Sutskever et al. 2013). */
export default optimizer({
  description: 'stochastic gradient descent with momentum, optionally Nesterov',
  options: section({
    momentum: z.number().min(0).lt(1).default(0),
    nesterov: z.boolean().default(false),
    weightDecay: z.number().min(0).default(0).describe('L2 penalty added to the gradient'),
  }),
  build: ({ momentum, nesterov, weightDecay }) => ({
    init: (params) =>
      momentum === 0
        ? {}
        : Object.fromEntries(Object.entries(params).map(([name, p]) => [`${name}/velocity`, zerosLike(p)])),
    rates: ({ learningRate }) => ({ learningRate }),
    apply: (params, state, grads, rates) => {
      for (const [name, p] of Object.entries(params)) {
        let g = grads[name]!;
        if (weightDecay > 0) g = tf.add(g, tf.mul(p, weightDecay));
        if (momentum > 0) {
          const velocity = state[`${name}/velocity`]!;
          const next = tf.add(tf.mul(velocity, momentum), g);
          velocity.assign(next);
          g = nesterov ? tf.add(g, tf.mul(next, momentum)) : next;
        }
        p.assign(tf.sub(p, tf.mul(g, rates.learningRate!)));
      }
    },
  }),
});
