import * as tf from '@tensorflow/tfjs';
import { type ReduceKind, sizeOf } from '../../program/ir';
import type { Value } from '../builder';
import { attribute, type Call, inputOf, registerTracedKernel } from '../registry';

const reductions: readonly (readonly [kernel: string, name: ReduceKind, axes: string])[] = [
  ['Sum', 'sum', 'axis'],
  ['Max', 'max', 'reductionIndices'],
  ['Min', 'min', 'axis'],
  ['Prod', 'prod', 'axis'],
  ['Any', 'any', 'axis'],
  ['All', 'all', 'axis'],
];
for (const [kernel, name, axes] of reductions)
  registerTracedKernel(kernel, (call) => reduce(call, name, axes, inputOf(call, 'x')));

registerTracedKernel('Mean', (call) => {
  const { builder } = call;
  const x = builder.cast(inputOf(call, 'x'), 'float32');
  const sum = reduce(call, 'sum', 'axis', x);
  return builder.binary('mul', sum, builder.fill(sizeOf(sum.shape) / Math.max(1, sizeOf(x.shape)), []));
});

function reduce(call: Call, name: ReduceKind, axesAttribute: string, x: Value): Value {
  const given = attribute<number | number[] | undefined>(call, axesAttribute);
  const axes = tf.util.parseAxisParam(given ?? x.shape.map((_, i) => i), [...x.shape]);
  const reduced = call.builder.reduce(
    name,
    x,
    axes,
    x.dtype === 'bool' && (name === 'sum' || name === 'prod') ? 'int32' : x.dtype,
  );
  if (call.attributes.keepDims !== true) return reduced;
  return call.builder.reshape(
    reduced,
    x.shape.map((length, i) => (axes.includes(i) ? 1 : length)),
  );
}

for (const [kernel, name] of [
  ['ArgMax', 'max'],
  ['ArgMin', 'min'],
] as const)
  registerTracedKernel(kernel, (call) => {
    const x = inputOf(call, 'x');
    const axis = tf.util.parseAxisParam(attribute<number>(call, 'axis'), [...x.shape])[0]!;
    const shape = x.shape.filter((_, i) => i !== axis);
    return call.builder.add({ kind: 'argReduce', name, axis, inputs: [x.id] }, shape, 'int32');
  });

registerTracedKernel('Cumsum', (call) => {
  const x = inputOf(call, 'x');
  const axis = tf.util.parseAxisParam(attribute<number>(call, 'axis'), [...x.shape])[0]!;
  const [exclusive, reverse] = [call.attributes.exclusive === true, call.attributes.reverse === true];
  return call.builder.add({ kind: 'cumsum', axis, exclusive, reverse, inputs: [x.id] }, x.shape, x.dtype);
});

/** log₂ n products with what lies 1, 2, 4, … places before. */
registerTracedKernel('Cumprod', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  const axis = tf.util.parseAxisParam(attribute<number>(call, 'axis'), [...x.shape])[0]!;
  const length = x.shape[axis]!;
  const shifted = (y: Value, by: number): Value => {
    const from = y.shape.map((_, i) => (i === axis && call.attributes.reverse === true ? by : 0));
    const shape = y.shape.map((each, i) => (i === axis ? each - by : each));
    const paddings = y.shape.map(
      (_, i) => (i !== axis ? [0, 0] : call.attributes.reverse === true ? [0, by] : [by, 0]) as [number, number],
    );
    return builder.pad(builder.slice(y, from, shape), paddings, 1);
  };
  let product = call.attributes.exclusive === true && length > 0 ? shifted(x, 1) : x;
  for (let by = 1; by < length; by *= 2) product = builder.binary('mul', product, shifted(product, by));
  return product;
});

/** tfjs calls it on the last axis only. */
registerTracedKernel('Softmax', (call) => {
  const x = call.builder.cast(inputOf(call, 'logits'), 'float32');
  return call.builder.add({ kind: 'softmax', inputs: [x.id] }, x.shape, 'float32');
});
