import * as tf from '@tensorflow/tfjs';
import type { Params } from '../../src/core/types';
import { gradients } from '../../src/estimators/mean';
import { materialised, type PerExample } from './gradients';

/**
 * The definition: one forward and one backward pass for each example, any model and any objective. `lossOf` gives the loss
 * of one example alone.
 */
export function loopGradients(
  lossOf: (example: number) => tf.Scalar,
  params: Params,
  n: number,
): { value: tf.Scalar; gradients: Readonly<Record<string, PerExample>> } {
  const each = Array.from({ length: n }, (_, i) => gradients(() => lossOf(i), params));
  return {
    value: each.map(({ value }) => value).reduce((a, b) => tf.add(a, b)),
    gradients: Object.fromEntries(
      Object.keys(params).map((name) => [name, materialised(tf.stack(each.map(({ grads }) => grads[name]!)))]),
    ),
  };
}
