import * as tf from '@tensorflow/tfjs';

/** The same values; nothing behind them gets a gradient. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  // As no input of the operation it ends the tape: a gradient of zeros would be carried through all that is before it,
  // also through operations that have none.
  return tf.customGrad(() => ({ value: tf.clone(x), gradFunc: () => [] }))() as T;
}

/** The same values, the gradient behind them multiplied by `factor`: −1 turns descent into ascent (Ganin 2015). */
export function scaledGradient<T extends tf.Tensor>(x: T, factor: number | tf.Scalar): T {
  return tf.customGrad((value, save) => {
    // A tensor made in the forward pass is gone when the gradient is taken, unless it is saved.
    if (typeof factor !== 'number') (save as tf.GradSaveFunc)([factor]);
    return {
      value: tf.clone(value as tf.Tensor) as T,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.mul(dy, typeof factor === 'number' ? factor : saved[0]!),
    };
  })(x) as tf.Tensor as T;
}
