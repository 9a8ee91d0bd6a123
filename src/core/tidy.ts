import * as tf from '@tensorflow/tfjs';

/**
 * `tf.tidy` that refuses asynchronous bodies: tfjs only prints a warning there and disposes too early.
 */
export function tidy<T extends tf.TensorContainer>(body: () => T): T {
  return tf.tidy(() => {
    const result = body();
    if (result instanceof Promise)
      throw new TypeError('tidy() got an asynchronous function; tensors would be disposed too early');
    return result;
  });
}
