import * as tf from '@tensorflow/tfjs';
import { materialised, once, type PerExample } from './gradients';

/**
 * Gradients gᵢ = Σ_t left[i,t] ⊗ right[i,t]: what a product of activations and a parameter has. `left` [n,T,k], `right`
 * [n,T,m]; gᵢ [k,m].
 */
export interface Outer {
  readonly left: () => tf.Tensor3D;
  readonly right: () => tf.Tensor3D;
  readonly sizes: { readonly times: number; readonly k: number; readonly m: number };
  /** Σ factorᵢ·gᵢ [k,m] without `left`, where that is cheaper. */
  readonly sum?: (factors: tf.Tensor1D) => tf.Tensor;
}

/**
 * Norms without the gradients: ‖left‖²·‖right‖² where T is 1 (Goodfellow 2015, arXiv:1510.01799), else from both Gram
 * matrices, ‖gᵢ‖² = Σ_{t,s} (left_t·left_s)(right_t·right_s) (Li et al. 2022, arXiv:2110.05679), or from the gradients
 * themselves where they are smaller (Bu et al. 2022, arXiv:2205.10683).
 */
export function outer({ left, right, sizes: { times, k, m }, sum }: Outer): PerExample {
  const all = once(() => tf.matMul(left(), right(), true));
  const n = () => right().shape[0];
  const weighted = (factors: tf.Tensor1D) => {
    const scaled = tf.mul(right(), tf.reshape(factors, [n(), 1, 1]));
    return tf.matMul<tf.Tensor2D>(tf.reshape(left(), [n() * times, k]), tf.reshape(scaled, [n() * times, m]), true);
  };
  if (times === 1) return { squares: () => tf.mul(squaredRows(left()), squaredRows(right())), sum: weighted, all };
  const ghost = times * (k + m) < k * m;
  if (!ghost) {
    const direct = once(() => materialised(all()));
    return { squares: () => direct().squares(), sum: (factors) => direct().sum(factors), all };
  }
  return {
    squares: () => {
      const grams = [left(), right()].map((rows) => tf.matMul(rows, rows, false, true));
      // Rounding may leave a norm of zero a little below it.
      return tf.maximum(tf.sum<tf.Tensor1D>(tf.mul(grams[0]!, grams[1]!), [1, 2]), 0);
    },
    sum: sum ?? weighted,
    all,
  };
}

/** Several uses of one parameter: as if one after the other in time. */
export function joined(uses: readonly Outer[]): Outer {
  const { k, m } = uses[0]!.sizes;
  return {
    left: once(() =>
      tf.concat(
        uses.map(({ left }) => left()),
        1,
      ),
    ),
    right: once(() =>
      tf.concat(
        uses.map(({ right }) => right()),
        1,
      ),
    ),
    sizes: { times: uses.reduce((sum, { sizes }) => sum + sizes.times, 0), k, m },
  };
}

/** [n, …] → [n]. */
function squaredRows(x: tf.Tensor): tf.Tensor1D {
  return tf.sum(tf.square(tf.reshape(x, [x.shape[0]!, -1])), 1);
}
