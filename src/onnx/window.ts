import { KdlabError } from '../core/errors';
import type { Op } from '../engine/program/ir';
import type { Named, Writer } from './writer';

type Windowed = Extract<Op, { kind: 'windowed' }>;

/**
 * A convolution or pooling in evaluation. ONNX has channels before rows and columns; where several follow each other
 * its runtimes cancel the transpositions between them. Throws KdlabError for gradients.
 */
export function writeWindow(writer: Writer, { name, window }: Windowed, inputs: readonly Named[]): Named {
  const { inHeight, inWidth, outHeight, outWidth, inChannels, outChannels, padTop, padLeft } = window;
  const kernel = [window.kernelHeight, window.kernelWidth];
  const strides = [window.strideHeight, window.strideWidth];
  const dilations = [window.dilationHeight, window.dilationWidth];
  const after = [
    [outHeight, inHeight, padTop],
    [outWidth, inWidth, padLeft],
  ].map(([out, into, before], i) =>
    Math.max(0, (out! - 1) * strides[i]! + (kernel[i]! - 1) * dilations[i]! + 1 - into! - before!),
  );
  const shared = { kernel_shape: kernel, strides, pads: [padTop, padLeft, ...after] };
  const transpose = (x: Named, perm: readonly number[]) => writer.op('Transpose', [x], 'float32', { perm });
  const image = transpose(inputs[0]!, [0, 3, 1, 2]);
  const back = (y: Named) => transpose(y, [0, 2, 3, 1]);
  switch (name) {
    case 'conv2d': {
      const filter = transpose(inputs[1]!, [3, 2, 0, 1]);
      return back(writer.op('Conv', [image, filter], 'float32', { ...shared, dilations, group: 1 }));
    }
    case 'depthwise': {
      const filter = writer.op(
        'Reshape',
        [transpose(inputs[1]!, [2, 3, 0, 1]), writer.integers([outChannels, 1, ...kernel])],
        'float32',
      );
      return back(writer.op('Conv', [image, filter], 'float32', { ...shared, dilations, group: inChannels }));
    }
    case 'maxPool':
      return back(writer.op('MaxPool', [image], 'float32', { ...shared, dilations }));
    case 'avgPool':
      if (dilations.some((dilation) => dilation !== 1))
        throw new KdlabError('average pooling with dilation cannot be written as ONNX');
      return back(writer.op('AveragePool', [image], 'float32', { ...shared, count_include_pad: 0 }));
    default:
      throw new KdlabError(`the gradient "${name}" cannot be written as ONNX: export the forward pass only`);
  }
}
