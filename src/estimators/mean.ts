import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { estimator } from '../core/estimator';
import { section } from '../core/section';
import type { GradientEstimator, Grads, Lesson, Params, Terms } from '../core/types';

export const meanOptions = section({
  clipNorm: z.number().positive().optional().describe('largest global norm of the gradient; absent: not clipped'),
});

/**
 * The gradient of the mean loss over the examples that count: Σ mask·term / Σ mask, with optional clipping by
 * global norm (Pascanu et al. 2013). Any source and any objective will do.
 */
export function meanEstimator({ clipNorm }: z.output<typeof meanOptions> = {}): GradientEstimator {
  return {
    name: 'mean',
    check: () => undefined,
    estimate: (terms, lesson, params) => {
      const means: Record<string, tf.Scalar> = {};
      const { value, grads } = gradients(() => {
        const perTerm = reduce(terms(lesson), lesson);
        for (const [name, mean] of Object.entries(perTerm)) means[`loss/${name}`] = tf.keep(tf.clone(mean));
        return Object.values(perTerm).reduce((sum, mean) => tf.add(sum, mean));
      }, params);
      const metrics: Record<string, tf.Scalar> = { loss: value };
      if (Object.keys(means).length > 1)
        for (const [name, mean] of Object.entries(means)) metrics[name] = tf.clone(mean);
      for (const mean of Object.values(means)) mean.dispose();
      if (clipNorm === undefined) return { grads, metrics };
      const norm = globalNorm(grads);
      const factor = tf.div(clipNorm, tf.maximum(norm, clipNorm));
      const clipped = Object.fromEntries(
        Object.entries(grads).map(([name, gradient]) => [name, tf.mul(gradient, factor)]),
      );
      return { grads: clipped, metrics: { ...metrics, gradientNorm: norm } };
    },
    save: () => ({}),
    load: () => undefined,
  };
}

/** The one place where per-example terms become numbers. [n] → scalar, each. */
function reduce(terms: Terms, { batch: { mask, size } }: Lesson): Record<string, tf.Scalar> {
  const count = mask === undefined ? size : tf.maximum(tf.sum(mask), 1);
  return Object.fromEntries(
    Object.entries(terms).map(([name, term]) => {
      if (term.rank !== 1 || term.shape[0] !== size)
        throw new RangeError(`term "${name}" has shape [${term.shape}], expected one number per example: [${size}]`);
      return [name, tf.div<tf.Scalar>(tf.sum(mask === undefined ? term : tf.mul(term, mask)), count)];
    }),
  );
}

/** Value and gradient by parameter name; a parameter the loss does not reach gets zeros. */
export function gradients(loss: () => tf.Scalar, params: Params): { value: tf.Scalar; grads: Grads } {
  const { value, grads } = tf.variableGrads(loss, Object.values(params));
  return {
    value,
    grads: Object.fromEntries(
      Object.entries(params).map(([name, variable]) => [name, grads[variable.name] ?? tf.zerosLike(variable)]),
    ),
  };
}

/** √Σ‖g‖² over all parameters. */
export function globalNorm(grads: Grads): tf.Scalar {
  const squares = Object.values(grads).map((gradient) => tf.sum<tf.Scalar>(tf.square(gradient)));
  return tf.sqrt(squares.reduce((sum, square) => tf.add(sum, square)));
}

export default estimator({
  description: 'mean over the examples, optionally clipped by global norm',
  options: meanOptions,
  build: meanEstimator,
});
