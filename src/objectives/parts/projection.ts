import * as tf from '@tensorflow/tfjs';
import { parameter } from '../../core/params';
import type { Params } from '../../core/types';
import type { Rng } from '../../math/rng';
import { glorotUniform } from '../../models/parts/initializers';

/** A linear map between widths, trained with the student: [n, from] → [n, to]. Without parameters where it is not needed. */
export interface Projection {
  readonly params: Params;
  apply(x: tf.Tensor2D): tf.Tensor2D;
}

export function projection(name: string, rng: Rng, from: number, to: number): Projection {
  const kernel = parameter(name, [from, to], glorotUniform(rng, name, [from, to]));
  return { params: { [name]: kernel }, apply: (x) => tf.matMul(x, kernel as tf.Tensor as tf.Tensor2D) };
}

/** The identity where both widths are equal. */
export function projectionWhereNeeded(name: string, rng: Rng, from: number, to: number): Projection {
  return from === to ? { params: {}, apply: (x) => x } : projection(name, rng, from, to);
}
