import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../core/types';
import type { Examples, ImageShape } from './dataset';

/** Moves an image's content down and to the right by whole pixels (negative: up, left). */
export interface Shift {
  readonly down: number;
  readonly right: number;
}

export interface ImageBatchOptions {
  readonly inputShape: ImageShape;
  /** One row per image, [n, h·w·c], instead of [n, h, w, c]. */
  readonly flatten?: boolean;
  /** Where each example is moved; what moves in from outside is zero. */
  readonly shift?: (id: number) => Shift;
}

/**
 * The examples numbered `ids` as a batch: x float32 [n, h, w, c] or [n, h·w·c] in [0, 1], y int32 [n]. The caller
 * disposes it (`disposeBatch`).
 */
export function imageBatch(examples: Examples, ids: Int32Array, options: ImageBatchOptions): Batch {
  const { inputShape, flatten = false, shift } = options;
  const size = inputShape[0] * inputShape[1] * inputShape[2];
  const pixels = new Float32Array(ids.length * size);
  const labels = new Int32Array(ids.length);
  ids.forEach((id, row) => {
    const image = examples.images.subarray(id * size, (id + 1) * size);
    writeImage(pixels.subarray(row * size, (row + 1) * size), image, {
      inputShape,
      range: examples.range,
      shift: shift?.(id),
    });
    labels[row] = examples.labels[id]!;
  });
  return {
    x: tf.tensor(pixels, flatten ? [ids.length, size] : [ids.length, ...inputShape], 'float32'),
    y: tf.tensor1d(labels, 'int32'),
    ids,
    size: ids.length,
  };
}

export function disposeBatch(batch: Batch): void {
  tf.dispose(
    [batch.x, batch.y, batch.mask, ...Object.values(batch.extras ?? {})].filter((tensor) => tensor !== undefined),
  );
}

/** Writes bytes as numbers in a range, by default [0, 1], into zeros, moved by `shift`. */
function writeImage(
  target: Float32Array,
  image: Uint8Array,
  of: { inputShape: ImageShape; range: Examples['range']; shift: Shift | undefined },
): void {
  const [height, width, channels] = of.inputShape;
  const [low, high] = of.range ?? [0, 1];
  const { down, right } = of.shift ?? { down: 0, right: 0 };
  const stride = width * channels;
  const from = Math.max(0, right) * channels;
  const to = Math.min(width, width + right) * channels;
  for (let y = Math.max(0, down); y < Math.min(height, height + down); y++) {
    const source = (y - down) * stride - right * channels;
    for (let at = from; at < to; at++) target[y * stride + at] = low + (high - low) * (image[source + at]! / 255);
  }
}
