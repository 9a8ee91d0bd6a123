import * as tf from '@tensorflow/tfjs';

/** Where a convolution looks: as tfjs computes it from a kernel's attributes. */
export type Window = ReturnType<typeof tf.backend_util.computeConv2DInfo>;

type Shape4 = [number, number, number, number];

/** Throws Error for images with channels first. */
export function windowOf(
  x: readonly number[],
  filter: readonly number[],
  attributes: Readonly<Record<string, unknown>>,
  depthwise: boolean,
): Window {
  const {
    strides,
    pad,
    dilations = 1,
    dataFormat = 'NHWC',
    dimRoundingMode,
  } = attributes as {
    strides: number | [number, number];
    pad: 'valid' | 'same' | number;
    dilations?: number | [number, number];
    dataFormat?: 'NHWC' | 'NCHW';
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  };
  if (dataFormat !== 'NHWC') throw new Error(`images are [n,h,w,c] here, found a convolution in ${dataFormat}`);
  return tf.backend_util.computeConv2DInfo(
    [...x] as Shape4,
    [...filter] as Shape4,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
}

/** What each of the kernel's cells sees: images [n, outHeight, outWidth, c], one for each cell, row by row. */
export function shifted(x: tf.Tensor4D, window: Window): tf.Tensor4D[] {
  const { outHeight, outWidth, filterHeight, filterWidth, strideHeight, strideWidth } = window;
  const { dilationHeight, dilationWidth, padInfo, batchSize, inChannels } = window;
  const { top, bottom, left, right } = padInfo;
  const padded =
    top + bottom + left + right === 0
      ? x
      : tf.pad4d(x, [[0, 0], [Math.max(0, top), Math.max(0, bottom)], [Math.max(0, left), Math.max(0, right)], [0, 0]]); // biome-ignore format: pairs
  const cells: tf.Tensor4D[] = [];
  for (let row = 0; row < filterHeight; row++)
    for (let column = 0; column < filterWidth; column++) {
      const [down, across] = [row * dilationHeight, column * dilationWidth];
      const end = [down + (outHeight - 1) * strideHeight + 1, across + (outWidth - 1) * strideWidth + 1];
      cells.push(
        tf.stridedSlice(
          padded,
          [0, down, across, 0],
          [batchSize, end[0]!, end[1]!, inChannels],
          [1, strideHeight, strideWidth, 1],
        ) as tf.Tensor4D,
      );
    }
  return cells;
}
