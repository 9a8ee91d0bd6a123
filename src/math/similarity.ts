import * as tf from '@tensorflow/tfjs';

/** Rows scaled to length 1; a row of zeros stays one. [n,d] → [n,d]. */
export function unitRows(z: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(z, tf.rsqrt(tf.add(tf.sum(tf.square(z), 1, true), 1e-12)));
}

/** One row an example, whatever its shape: [n,…] → [n,d]. */
export function flatRows(x: tf.Tensor): tf.Tensor2D {
  return tf.reshape(x, [x.shape[0]!, x.size / x.shape[0]!]);
}

/** Zeros on the diagonal, ones elsewhere: [n,n]. */
export function offDiagonal(n: number): tf.Tensor2D {
  return tf.sub(1, tf.eye(n));
}

/** x_i − x_j at [i,j] and its length, exactly 0 on the diagonal and with no gradient there: [n,d] → [n,n,d], [n,n]. */
export function differences(x: tf.Tensor2D): { vectors: tf.Tensor3D; lengths: tf.Tensor2D } {
  const [n, width] = x.shape;
  const vectors: tf.Tensor3D = tf.sub(tf.reshape(x, [n, 1, width]), tf.reshape(x, [1, n, width]));
  const squares: tf.Tensor2D = tf.sum(tf.square(vectors), 2);
  // The square root has no slope at 0: the diagonal, and examples that are equal, count as a little apart.
  const apart = tf.sqrt(tf.maximum<tf.Tensor2D>(squares, 1e-12));
  return { vectors, lengths: tf.mul(apart, offDiagonal(n)) };
}

/** x²/2 where |x| ≤ 1, |x| − 1/2 beyond (Huber 1964). */
export function huber<T extends tf.Tensor>(x: T): T {
  const size = tf.abs(x);
  const within = tf.minimum(size, 1);
  return tf.sub<T>(tf.mul(within, size), tf.div(tf.square(within), 2));
}
