import * as tf from '@tensorflow/tfjs';

/*
 * What tfjs' WebAssembly backend lacks or does badly for training. Registered for it once, when it is chosen.
 */

type KernelInput = { inputs: tf.NamedTensorInfoMap; attrs?: tf.NamedAttrMap; backend: unknown };

/** The tensors behind a kernel's inputs. tfjs hands kernels the tensors themselves under a narrower type. */
function tensor(info: tf.TensorInfo | undefined): tf.Tensor {
  return info as tf.Tensor;
}

/**
 * The backend multiplies with its fast routine only where neither side is transposed, and with a plain loop
 * otherwise, which is every gradient of a dense layer. Transposing first is 10 to 20 times faster there.
 */
function transposeFirst(): void {
  const original = tf.getKernel('BatchMatMul', 'wasm')!.kernelFunc;
  tf.unregisterKernel('BatchMatMul', 'wasm');
  tf.registerKernel({
    kernelName: 'BatchMatMul',
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const { transposeA, transposeB } = attrs as unknown as { transposeA: boolean; transposeB: boolean };
      if (!transposeA && !transposeB) return original({ inputs, attrs: attrs!, backend });
      const swap = (x: tf.Tensor) =>
        tf.transpose(
          x,
          [...x.shape.keys()].map((_, i, { length }) => (i < length - 2 ? i : 2 * length - 3 - i)),
        );
      const a = transposeA ? swap(tensor(inputs.a)) : tensor(inputs.a);
      const b = transposeB ? swap(tensor(inputs.b)) : tensor(inputs.b);
      const result = original({ inputs: { a, b }, attrs: { transposeA: false, transposeB: false }, backend });
      if (transposeA) a.dispose();
      if (transposeB) b.dispose();
      return result;
    },
  });
}

interface ConvolutionAttributes {
  strides: [number, number] | number;
  pad: 'valid' | 'same' | number;
  dataFormat: 'NHWC' | 'NCHW';
  dimRoundingMode?: 'floor' | 'round' | 'ceil';
  filterShape: [number, number, number, number];
}

/**
 * Gradient of a convolution's filter, absent from the backend: the image is unfolded into patches
 * [n·oh·ow, kh·kw·c], whose transposed product with dy [n·oh·ow, filters] it is.
 */
function convolutionFilterGradient({ inputs, attrs }: KernelInput): tf.TensorInfo {
  const x = tensor(inputs.x) as tf.Tensor4D;
  const dy = tensor(inputs.dy) as tf.Tensor4D;
  const { strides, pad, filterShape, dataFormat, dimRoundingMode } = attrs as unknown as ConvolutionAttributes;
  if (dataFormat !== 'NHWC') throw new Error(`Conv2DBackpropFilter on wasm takes NHWC, found ${dataFormat}`);
  const info = tf.backend_util.computeConv2DInfo(x.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { outHeight, outWidth, strideHeight, strideWidth, padInfo, filterHeight, filterWidth, inChannels, batchSize } =
    info;
  const image = x.dataSync<'float32'>();
  const width = filterHeight * filterWidth * inChannels;
  const patches = new Float32Array(batchSize * outHeight * outWidth * width);
  let at = 0;
  for (let n = 0; n < batchSize; n++)
    for (let oy = 0; oy < outHeight; oy++)
      for (let ox = 0; ox < outWidth; ox++)
        for (let ky = 0; ky < filterHeight; ky++) {
          const y = oy * strideHeight + ky - padInfo.top;
          for (let kx = 0; kx < filterWidth; kx++, at += inChannels) {
            const xx = ox * strideWidth + kx - padInfo.left;
            if (y < 0 || y >= info.inHeight || xx < 0 || xx >= info.inWidth) continue;
            const from = ((n * info.inHeight + y) * info.inWidth + xx) * inChannels;
            for (let c = 0; c < inChannels; c++) patches[at + c] = image[from + c]!;
          }
        }
  return tf.tidy(() => {
    const rows = tf.tensor2d(patches, [batchSize * outHeight * outWidth, width]);
    return tf.reshape(tf.matMul(rows, tf.reshape(dy, [rows.shape[0], info.outChannels]), true, false), filterShape);
  });
}

/** Sums rows of x [n, …] into `numSegments` rows by segment id, absent from the backend: the gradient of gather. */
function unsortedSegmentSum({ inputs, attrs }: KernelInput): tf.TensorInfo {
  const x = tensor(inputs.x);
  const ids = tensor(inputs.segmentIds).dataSync<'int32'>();
  const { numSegments } = attrs as unknown as { numSegments: number };
  const values = x.dataSync<'float32'>();
  const width = ids.length === 0 ? 0 : x.size / ids.length;
  const out = new Float32Array(numSegments * (width || x.shape.slice(1).reduce((a, b) => a * b, 1)));
  for (let i = 0; i < ids.length; i++) {
    const to = ids[i]! * width;
    if (ids[i]! < 0 || ids[i]! >= numSegments) continue;
    for (let j = 0; j < width; j++) out[to + j] = out[to + j]! + values[i * width + j]!;
  }
  return tf.tensor(out, [numSegments, ...x.shape.slice(1)]);
}

let registered = false;

export function registerWasmKernels(): void {
  if (registered) return;
  registered = true;
  transposeFirst();
  tf.registerKernel({ kernelName: 'Conv2DBackpropFilter', backendName: 'wasm', kernelFunc: convolutionFilterGradient });
  tf.registerKernel({ kernelName: 'UnsortedSegmentSum', backendName: 'wasm', kernelFunc: unsortedSegmentSum });
}
