import * as tf from '@tensorflow/tfjs';

/** The same values; nothing behind them gets a gradient. */
export function stopGradient<T extends tf.Tensor>(x: T): T {
  return scaledGradient(x, 0);
}

/** The same values, the gradient behind them multiplied by `factor`: −1 turns descent into ascent (Ganin 2015). */
export function scaledGradient<T extends tf.Tensor>(x: T, factor: number | tf.Scalar): T {
  return tf.customGrad((value) => ({
    value: tf.clone(value as tf.Tensor) as T,
    gradFunc: (dy: tf.Tensor) => tf.mul(dy, factor),
  }))(x) as tf.Tensor as T;
}
