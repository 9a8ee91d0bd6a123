import * as tf from '@tensorflow/tfjs';

/** One parameter's gradients, one for each example, in whatever form is the cheapest to keep. */
export interface PerExample {
  /** Squared norms, [n]. */
  squares(): tf.Tensor1D;
  /** Σ factorᵢ·gᵢ for factors [n], in the parameter's shape. */
  sum(factors: tf.Tensor1D): tf.Tensor;
  /** All of them, [n, ...shape]. */
  all(): tf.Tensor;
}

/** Gradients as they are, [n, ...shape]. */
export function materialised(all: tf.Tensor): PerExample {
  const [n, ...shape] = all.shape as [number, ...number[]];
  const rows = tf.reshape(all, [n, -1]) as tf.Tensor2D;
  return {
    squares: () => tf.sum(tf.square(rows), 1),
    sum: (factors) => tf.reshape(tf.matMul(tf.expandDims(factors, 0) as tf.Tensor2D, rows), shape),
    all: () => all,
  };
}

/** Computed when asked for, once. */
export function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
