import * as tf from '@tensorflow/tfjs';
import type { Op, WINDOWED, Window } from '../../program/ir';
import type { Value } from '../builder';
import { attribute, type Call, inputOf, registerTracedKernel } from '../registry';
import { Untraceable } from '../untraceable';
import { activate } from './elementwise';

/* Convolutions and poolings over images [n, height, width, channels]. */

type Shape4 = [number, number, number, number];
type WindowName = (typeof WINDOWED)[number];

function windowOf(info: tf.backend_util.Conv2DInfo): Window {
  if (info.dataFormat !== 'channelsLast')
    throw new Untraceable('channelsFirst', 'images with channels first cannot be compiled; use NHWC');
  return {
    batch: info.batchSize,
    inHeight: info.inHeight,
    inWidth: info.inWidth,
    inChannels: info.inChannels,
    outHeight: info.outHeight,
    outWidth: info.outWidth,
    outChannels: info.outChannels,
    kernelHeight: info.filterHeight,
    kernelWidth: info.filterWidth,
    strideHeight: info.strideHeight,
    strideWidth: info.strideWidth,
    dilationHeight: info.dilationHeight,
    dilationWidth: info.dilationWidth,
    padTop: info.padInfo.top,
    padLeft: info.padInfo.left,
  };
}

interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: 'valid' | 'same' | number;
  readonly dilations?: number | [number, number];
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

function convolution(call: Call, x: readonly number[], filter: readonly number[], depthwise: boolean): Window {
  const attributes = call.attributes as unknown as ConvolutionAttributes;
  const { strides, pad, dilations = 1, dataFormat = 'NHWC', dimRoundingMode } = attributes;
  const format = tf.backend_util.convertConv2DDataFormat(depthwise ? 'NHWC' : dataFormat);
  return windowOf(
    tf.backend_util.computeConv2DInfo(
      [...x] as Shape4,
      [...filter] as Shape4,
      strides,
      dilations,
      pad,
      dimRoundingMode,
      depthwise,
      format,
    ),
  );
}

function windowed(
  call: Call,
  name: WindowName,
  window: Window,
  inputs: readonly Value[],
  shape: readonly number[],
): Value {
  const op: Op = { kind: 'windowed', name, window, inputs: inputs.map(({ id }) => id) };
  return call.builder.add(op, shape, 'float32');
}

const inShape = (w: Window) => [w.batch, w.inHeight, w.inWidth, w.inChannels];
const outShape = (w: Window) => [w.batch, w.outHeight, w.outWidth, w.outChannels];

for (const [forward, input, filterGradient, names, depthwise] of [
  ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter', ['conv2d', 'conv2dInput', 'conv2dFilter'], false],
  [
    'DepthwiseConv2dNative',
    'DepthwiseConv2dNativeBackpropInput',
    'DepthwiseConv2dNativeBackpropFilter',
    ['depthwise', 'depthwiseInput', 'depthwiseFilter'],
    true,
  ],
] as const) {
  registerTracedKernel(forward, (call) => {
    const [x, filter] = [inputOf(call, 'x'), inputOf(call, 'filter')];
    const window = convolution(call, x.shape, filter.shape, depthwise);
    return windowed(call, names[0], window, [x, filter], outShape(window));
  });
  registerTracedKernel(input, (call) => {
    const [dy, filter] = [inputOf(call, 'dy'), inputOf(call, 'filter')];
    const window = convolution(call, attribute<number[]>(call, 'inputShape'), filter.shape, depthwise);
    return windowed(call, names[1], window, [dy, filter], inShape(window));
  });
  registerTracedKernel(filterGradient, (call) => {
    const [x, dy] = [inputOf(call, 'x'), inputOf(call, 'dy')];
    const shape = attribute<number[]>(call, 'filterShape');
    return windowed(call, names[2], convolution(call, x.shape, shape, depthwise), [x, dy], shape);
  });
}

for (const [kernel, depthwise] of [
  ['FusedConv2D', false],
  ['FusedDepthwiseConv2D', true],
] as const)
  registerTracedKernel(kernel, (call) => {
    const { builder, inputs, attributes } = call;
    const [x, filter] = [inputOf(call, 'x'), inputOf(call, 'filter')];
    const window = convolution(call, x.shape, filter.shape, depthwise);
    const product = windowed(call, depthwise ? 'depthwise' : 'conv2d', window, [x, filter], outShape(window));
    const biased = inputs.bias === undefined ? product : builder.binary('add', product, inputs.bias);
    return activate(builder, biased, {
      activation: attributes.activation as string | undefined,
      prelu: inputs.preluActivationWeights,
      alpha: attributes.leakyreluAlpha as number | undefined,
    });
  });

function pooling(call: Call, x: readonly number[]): Window {
  const { filterSize, strides, pad, dimRoundingMode } = call.attributes as unknown as ConvolutionAttributes & {
    readonly filterSize: number | [number, number];
  };
  return windowOf(tf.backend_util.computePool2DInfo([...x] as Shape4, filterSize, strides, 1, pad, dimRoundingMode));
}

for (const [kernel, name] of [
  ['MaxPool', 'maxPool'],
  ['AvgPool', 'avgPool'],
] as const)
  registerTracedKernel(kernel, (call) => {
    const x = inputOf(call, 'x');
    const window = pooling(call, x.shape);
    return windowed(call, name, window, [x], outShape(window));
  });
registerTracedKernel('MaxPoolGrad', (call) => {
  const [dy, x, y] = [inputOf(call, 'dy'), inputOf(call, 'input'), inputOf(call, 'output')];
  return windowed(call, 'maxPoolGrad', pooling(call, x.shape), [x, y, dy], x.shape);
});
registerTracedKernel('AvgPoolGrad', (call) => {
  const [dy, x] = [inputOf(call, 'dy'), inputOf(call, 'input')];
  return windowed(call, 'avgPoolGrad', pooling(call, x.shape), [dy], x.shape);
});
