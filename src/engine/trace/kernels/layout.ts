import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../../program/ir';
import { broadcastShape, type Value } from '../builder';
import { attribute, type Call, dtypeOf, inputOf, registerTracedKernel } from '../registry';

/* Kernels that move elements or make them out of nothing. */

registerTracedKernel('Reshape', (call) => {
  const x = inputOf(call, 'x');
  return call.builder.reshape(x, tf.util.inferFromImplicitShape(attribute<number[]>(call, 'shape'), sizeOf(x.shape)));
});
registerTracedKernel('ExpandDims', (call) => {
  const x = inputOf(call, 'input');
  const axis = attribute<number>(call, 'dim');
  const shape = [...x.shape];
  shape.splice(axis < 0 ? x.shape.length + 1 + axis : axis, 0, 1);
  return call.builder.reshape(x, shape);
});
registerTracedKernel('Transpose', (call) => call.builder.transpose(inputOf(call, 'x'), attribute(call, 'perm')));
registerTracedKernel('Slice', (call) => {
  const x = inputOf(call, 'x');
  const [begin, size] = tf.slice_util.parseSliceParams(
    { shape: [...x.shape] } as tf.Tensor,
    attribute<number[]>(call, 'begin'),
    attribute<number[]>(call, 'size'),
  );
  return call.builder.slice(x, begin!, size!);
});
registerTracedKernel('StridedSlice', (call) => {
  const x = inputOf(call, 'x');
  const names = ['begin', 'end', 'strides', 'beginMask', 'endMask', 'ellipsisMask', 'newAxisMask', 'shrinkAxisMask'];
  const [begin, end, strides, ...masks] = names.map((name) => attribute(call, name)) as [
    number[],
    number[],
    number[],
    ...number[],
  ];
  const info = tf.slice_util.sliceInfo(
    [...x.shape],
    begin,
    end,
    strides,
    masks[0]!,
    masks[1]!,
    masks[2]!,
    masks[3]!,
    masks[4]!,
  );
  if (info.isIdentity) return call.builder.reshape(x, info.finalShape);
  const shape = tf.slice_util.computeOutShape(info.begin, info.end, info.strides);
  return call.builder.reshape(call.builder.slice(x, info.begin, shape, info.strides), info.finalShape);
});
registerTracedKernel('Reverse', (call) => {
  const x = inputOf(call, 'x');
  const axes = tf.util.parseAxisParam(attribute<number[]>(call, 'dims'), [...x.shape]);
  const begin = x.shape.map((length, i) => (axes.includes(i) ? length - 1 : 0));
  const strides = x.shape.map((_, i) => (axes.includes(i) ? -1 : 1));
  return call.builder.slice(x, begin, x.shape, strides);
});
registerTracedKernel('PadV2', (call) =>
  call.builder.pad(inputOf(call, 'x'), attribute(call, 'paddings'), attribute<number>(call, 'constantValue')),
);
registerTracedKernel('Concat', (call) => {
  const { builder, list } = call;
  return builder.concat(list, tf.util.parseAxisParam(attribute<number>(call, 'axis'), [...list[0]!.shape])[0]!);
});
registerTracedKernel('Pack', (call) => {
  const { builder, list } = call;
  const axis = attribute<number>(call, 'axis');
  const widened = list.map((x) => {
    const shape = [...x.shape];
    shape.splice(axis < 0 ? shape.length + 1 + axis : axis, 0, 1);
    return builder.reshape(x, shape);
  });
  return builder.concat(widened, axis < 0 ? widened[0]!.shape.length + axis : axis);
});
registerTracedKernel('Unpack', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'value');
  const given = attribute<number>(call, 'axis');
  const axis = given < 0 ? given + x.shape.length : given;
  const rest = x.shape.filter((_, i) => i !== axis);
  return Array.from({ length: x.shape[axis]! }, (_, i) => {
    const begin = x.shape.map((_length, k) => (k === axis ? i : 0));
    const shape = x.shape.map((length, k) => (k === axis ? 1 : length));
    return builder.reshape(builder.slice(x, begin, shape), rest);
  });
});
registerTracedKernel('SplitV', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  const axis = tf.util.parseAxisParam(attribute<number>(call, 'axis'), [...x.shape])[0]!;
  const sizes = tf.backend_util.prepareSplitSize(
    { shape: [...x.shape] } as tf.Tensor,
    attribute<number[]>(call, 'numOrSizeSplits'),
    axis,
  );
  let from = 0;
  return sizes.map((size) => {
    const begin = x.shape.map((_, k) => (k === axis ? from : 0));
    from += size;
    return builder.slice(
      x,
      begin,
      x.shape.map((length, k) => (k === axis ? size : length)),
    );
  });
});
registerTracedKernel('Tile', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  const reps = attribute<number[]>(call, 'reps');
  const apart = x.shape.flatMap((length) => [1, length]);
  const repeated = x.shape.flatMap((length, i) => [reps[i]!, length]);
  return builder.reshape(
    builder.broadcast(builder.reshape(x, apart), repeated),
    x.shape.map((length, i) => length * reps[i]!),
  );
});
registerTracedKernel('BroadcastTo', (call) => broadcastTo(call, inputOf(call, 'x'), attribute(call, 'shape')));

function broadcastTo({ builder }: Call, x: Value, shape: readonly number[]): Value {
  const full = broadcastShape(x.shape, shape);
  return builder.broadcast(
    builder.reshape(x, [...new Array<number>(full.length - x.shape.length).fill(1), ...x.shape]),
    full,
  );
}

registerTracedKernel('Fill', (call) => {
  const dtype = attribute<string | undefined>(call, 'dtype') ?? 'float32';
  return call.builder.fill(attribute<number>(call, 'value'), attribute(call, 'shape'), dtypeOf(dtype));
});
registerTracedKernel('Range', (call) => {
  const { start, stop, step, dtype } = call.attributes as { start: number; stop: number; step: number; dtype: string };
  const values = [];
  for (let i = start; step > 0 ? i < stop : i > stop; i += step) values.push(i);
  return call.builder.constant(values, [values.length], dtypeOf(dtype));
});
registerTracedKernel('LinSpace', (call) => {
  const { start, stop, num } = call.attributes as { start: number; stop: number; num: number };
  const values = Float32Array.from({ length: num }, (_, i) => start + (num > 1 ? (i * (stop - start)) / (num - 1) : 0));
  return call.builder.constant(values, [num], 'float32');
});
registerTracedKernel('Diag', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  const n = sizeOf(x.shape);
  const ones = Int32Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const selected = builder.binary(
    'mul',
    builder.reshape(x, [n, 1]),
    builder.cast(builder.constant(ones, [n, n], 'int32'), x.dtype),
  );
  return builder.reshape(selected, [...x.shape, ...x.shape]);
});
