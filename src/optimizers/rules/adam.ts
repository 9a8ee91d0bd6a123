import * as tf from '@tensorflow/tfjs';
import { zerosLike } from '../../core/params';
import type { Optimizer } from '../../core/types';

/**
 * m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², θ ← θ − η·m̂/(√v̂ + ε) − η·λ·θ, with m̂ and v̂ corrected for their zero
 * start. The corrections are folded into step size and ε, which spares two operations a parameter.
 */
export function adamRule(options: {
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
}): Omit<Optimizer, 'name'> {
  const { beta1, beta2, epsilon, weightDecay } = options;
  return {
    init: (params) =>
      Object.fromEntries(
        Object.entries(params).flatMap(([name, p]) => [
          [`${name}/m`, zerosLike(p)],
          [`${name}/v`, zerosLike(p)],
        ]),
      ),
    rates: ({ step, learningRate }) => {
      const correction = Math.sqrt(1 - beta2 ** step);
      return {
        rate: (learningRate * correction) / (1 - beta1 ** step),
        epsilon: epsilon * correction,
        ...(weightDecay === 0 ? {} : { kept: 1 - learningRate * weightDecay }),
      };
    },
    apply: (params, state, grads, rates) => {
      for (const [name, p] of Object.entries(params)) {
        const g = grads[name]!;
        const m = state[`${name}/m`]!;
        const v = state[`${name}/v`]!;
        m.assign(tf.add(tf.mul(m, beta1), tf.mul(g, 1 - beta1)));
        v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(g), 1 - beta2)));
        const update = tf.mul(tf.div(m, tf.add(tf.sqrt(v), rates.epsilon!)), rates.rate!);
        const kept = rates.kept === undefined ? p : tf.mul(p, rates.kept);
        p.assign(tf.sub(kept, update));
      }
    },
  };
}
