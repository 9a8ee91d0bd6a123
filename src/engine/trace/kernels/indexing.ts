import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../../program/ir';
import { attribute, dtypeOf, inputOf, registerTracedKernel } from '../registry';
import { Untraceable } from '../untraceable';

registerTracedKernel('GatherV2', (call) => {
  const [x, indices] = [inputOf(call, 'x'), inputOf(call, 'indices')];
  const axis = tf.util.parseAxisParam(attribute<number>(call, 'axis'), [...x.shape])[0]!;
  if ((call.attributes.batchDims ?? 0) !== 0)
    throw new Untraceable(
      'GatherV2',
      'gather with batchDims has no compiled form; use a one-hot product or a flat index',
    );
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return call.builder.add({ kind: 'gather', axis, inputs: [x.id, indices.id] }, shape, x.dtype);
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

/** Rows addressed by all but the last axis of `indices`, folded into one index. */
registerTracedKernel('GatherNd', (call) => {
  const { builder } = call;
  const [x, indices] = [inputOf(call, 'params'), inputOf(call, 'indices')];
  const depth = indices.shape.at(-1)!;
  const rows = x.shape.slice(0, depth);
  const strides = rows.map((_, i) => sizeOf(rows.slice(i + 1)));
  const count = sizeOf(indices.shape.slice(0, -1));
  const weights = builder.constant(Int32Array.from(strides), [1, depth], 'int32');
  const flat = builder.reduce('sum', builder.binary('mul', builder.reshape(indices, [count, depth]), weights), [1]);
  const inner = x.shape.slice(depth);
  const table = builder.reshape(x, [sizeOf(rows), ...inner]);
  const op = { kind: 'gather', axis: 0, inputs: [table.id, flat.id] } as const;
  return builder.reshape(builder.add(op, [count, ...inner], x.dtype), [...indices.shape.slice(0, -1), ...inner]);
});
