import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';

/** Asserts that arrays agree element by element within `tolerance`. */
export function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-6): void {
  assert.equal(actual.length, expected.length, `length ${actual.length}, expected ${expected.length}`);
  for (let i = 0; i < actual.length; i++)
    assert.ok(
      Math.abs(actual[i]! - expected[i]!) <= tolerance,
      `element ${i} is ${actual[i]}, expected ${expected[i]} ± ${tolerance}`,
    );
}

/**
 * Asserts that tfjs' gradient of `f` at `x` is the central difference, each element within `tolerance` (float32: the
 * step is large on purpose).
 */
export function assertGradient(
  f: (x: tf.Tensor2D) => tf.Scalar,
  at: tf.Tensor2D,
  { step = 1e-2, tolerance = 2e-3 } = {},
): void {
  const analytic = tf.tidy(() =>
    tf
      .grad((x: tf.Tensor) => f(x as tf.Tensor2D))(at)
      .dataSync(),
  );
  const values = Float32Array.from(at.dataSync());
  const numeric = values.map((_, i) => {
    const shifted = (by: number) =>
      tf.tidy(() => {
        const moved = Float32Array.from(values);
        moved[i] = moved[i]! + by;
        return f(tf.tensor2d(moved, at.shape)).dataSync()[0]!;
      });
    return (shifted(step) - shifted(-step)) / (2 * step);
  });
  // Of the largest element: differences of float32 sums are no better than that.
  assertClose(analytic, numeric, tolerance * Math.max(1, ...numeric.map(Math.abs)));
}
