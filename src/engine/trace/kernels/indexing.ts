import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../../program/ir';
import type { Builder, Value } from '../builder';
import { attribute, dtypeOf, inputOf, registerTracedKernel } from '../registry';
import { Untraceable } from '../untraceable';

registerTracedKernel('GatherV2', (call) => {
  const { builder } = call;
  const [x, indices] = [inputOf(call, 'x'), inputOf(call, 'indices')];
  const axis = tf.util.parseAxisParam(attribute<number>(call, 'axis'), [...x.shape])[0]!;
  const batchAxes = attribute<number | undefined>(call, 'batchDims') ?? 0;
  const shape = [...x.shape.slice(0, axis), ...indices.shape.slice(batchAxes), ...x.shape.slice(axis + 1)];
  if (batchAxes === 0) return builder.add({ kind: 'gather', axis, inputs: [x.id, indices.id] }, shape, x.dtype);
  if (axis !== batchAxes)
    throw new Untraceable('GatherV2', 'gather along another axis than the first after batchDims cannot be compiled');
  // The tables of all batches one below the other.
  const batch = sizeOf(x.shape.slice(0, axis));
  const rows = x.shape[axis]!;
  const inner = x.shape.slice(axis + 1);
  const starts = Int32Array.from({ length: batch }, (_, i) => i * rows);
  const apart = builder.reshape(indices, [batch, sizeOf(indices.shape.slice(batchAxes))]);
  const flat = builder.binary('add', apart, builder.constant(starts, [batch, 1], 'int32'));
  const table = builder.reshape(x, [batch * rows, ...inner]);
  const op = { kind: 'gather', axis: 0, inputs: [table.id, flat.id] } as const;
  return builder.reshape(builder.add(op, [...flat.shape, ...inner], x.dtype), shape);
});

registerTracedKernel('UnsortedSegmentSum', (call) => {
  const [x, ids] = [inputOf(call, 'x'), inputOf(call, 'segmentIds')];
  const shape = [attribute<number>(call, 'numSegments'), ...x.shape.slice(1)];
  return call.builder.add({ kind: 'segmentSum', inputs: [x.id, ids.id] }, shape, x.dtype);
});

registerTracedKernel('OneHot', (call) => {
  const indices = inputOf(call, 'indices');
  const { depth, onValue, offValue, dtype } = call.attributes as {
    depth: number;
    onValue: number;
    offValue: number;
    dtype?: string;
  };
  return call.builder.add(
    { kind: 'oneHot', on: onValue, off: offValue, inputs: [indices.id] },
    [...indices.shape, depth],
    dtypeOf(dtype ?? 'int32'),
  );
});

registerTracedKernel('GatherNd', (call) => {
  const { builder } = call;
  const [x, indices] = [inputOf(call, 'params'), inputOf(call, 'indices')];
  const [flat, rows] = flatIndices(builder, indices, x.shape);
  const inner = x.shape.slice(indices.shape.at(-1)!);
  const table = builder.reshape(x, [rows, ...inner]);
  const op = { kind: 'gather', axis: 0, inputs: [table.id, flat.id] } as const;
  const gathered = builder.add(op, [...flat.shape, ...inner], x.dtype);
  return builder.reshape(gathered, [...indices.shape.slice(0, -1), ...inner]);
});

/** What is scattered to the same place is added. */
registerTracedKernel('ScatterNd', (call) => {
  const { builder } = call;
  const [indices, updates] = [inputOf(call, 'indices'), inputOf(call, 'updates')];
  const shape = attribute<number[]>(call, 'shape');
  const [flat, rows] = flatIndices(builder, indices, shape);
  const inner = shape.slice(indices.shape.at(-1)!);
  const table = builder.reshape(updates, [...flat.shape, ...inner]);
  const op = { kind: 'segmentSum', inputs: [table.id, flat.id] } as const;
  return builder.reshape(builder.add(op, [rows, ...inner], updates.dtype), shape);
});

/** Positions within the first axes of `shape`, along the last axis of `indices`, as one number each; and how many rows. */
function flatIndices(builder: Builder, indices: Value, shape: readonly number[]): [flat: Value, rows: number] {
  const depth = indices.shape.at(-1)!;
  const axes = shape.slice(0, depth);
  const strides = Int32Array.from(axes, (_, i) => sizeOf(axes.slice(i + 1)));
  const count = sizeOf(indices.shape.slice(0, -1));
  const weighted = builder.binary(
    'mul',
    builder.reshape(indices, [count, depth]),
    builder.constant(strides, [1, depth], 'int32'),
  );
  return [builder.reduce('sum', weighted, [1]), sizeOf(axes)];
}
