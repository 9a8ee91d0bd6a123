import assert from 'node:assert/strict';
import * as tf from '@tensorflow/tfjs';

/** Asserts that the gradient of Σ loss(x) agrees with central differences of step `h`, in float32. */
export function assertGradient(
  loss: (x: tf.Tensor2D) => tf.Tensor,
  at: readonly (readonly number[])[],
  { h = 1e-2, tolerance = 2e-3 }: { h?: number; tolerance?: number } = {},
): void {
  const width = at[0]!.length;
  const values = Float32Array.from(at.flat());
  const shape: [number, number] = [at.length, width];
  const total = (x: Float32Array) => tf.tidy(() => tf.sum(loss(tf.tensor2d(x, shape))).dataSync()[0]!);
  const gradient = tf.tidy(() =>
    tf
      .grad((x) => tf.sum(loss(x as tf.Tensor2D)))(tf.tensor2d(values, shape))
      .dataSync(),
  );
  values.forEach((value, i) => {
    const [up, down] = [h, -h].map((change) => total(values.map((x, k) => (k === i ? value + change : x))));
    const difference = (up! - down!) / (2 * h);
    assert.ok(
      Math.abs(difference - gradient[i]!) <= tolerance,
      `element ${i}: gradient ${gradient[i]}, differences ${difference}`,
    );
  });
}
