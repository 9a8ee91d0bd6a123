import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { optimizer } from '../core/optimizer';
import { zerosLike } from '../core/params';
import { section } from '../core/section';

/** RMSProp, Tieleman and Hinton 2012, lecture 6.5: s ← ρs + (1−ρ)g², θ ← θ − η·g/(√s + ε), then momentum. */
export default optimizer({
  description: 'RMSProp (Tieleman and Hinton 2012), with optional momentum',
  options: section({
    decay: z.number().min(0).lt(1).default(0.9),
    momentum: z.number().min(0).lt(1).default(0),
    epsilon: z.number().positive().default(1e-8),
  }),
  build: ({ decay, momentum, epsilon }) => ({
    init: (params) =>
      Object.fromEntries(
        Object.entries(params).flatMap(([name, p]) => [
          [`${name}/square`, zerosLike(p)],
          ...(momentum === 0 ? [] : [[`${name}/velocity`, zerosLike(p)]]),
        ]),
      ),
    rates: ({ learningRate }) => ({ learningRate }),
    apply: (params, state, grads, rates) => {
      for (const [name, p] of Object.entries(params)) {
        const g = grads[name]!;
        const square = state[`${name}/square`]!;
        square.assign(tf.add(tf.mul(square, decay), tf.mul(tf.square(g), 1 - decay)));
        let update: tf.Tensor = tf.div(g, tf.add(tf.sqrt(square), epsilon));
        if (momentum > 0) {
          const velocity = state[`${name}/velocity`]!;
          velocity.assign(tf.add(tf.mul(velocity, momentum), update));
          update = velocity;
        }
        p.assign(tf.sub(p, tf.mul(update, rates.learningRate!)));
      }
    },
  }),
});
