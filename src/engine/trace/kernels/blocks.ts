import * as tf from '@tensorflow/tfjs';
import { attribute, inputOf, registerTracedKernel } from '../registry';
import { Untraceable } from '../untraceable';

/* Blocks of an image moved between its axes (tfjs' dilated poolings are made of these), and mirrored borders. */

registerTracedKernel('SpaceToBatchND', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  const block = attribute<number[]>(call, 'blockShape');
  const paddings = attribute<[number, number][]>(call, 'paddings');
  const padded = builder.pad(
    x,
    x.shape.map((_, axis) => paddings[axis - 1] ?? [0, 0]),
  );
  const shape = [...padded.shape];
  const size = tf.util.sizeFromShape(block);
  const apart = builder.reshape(padded, tf.backend_util.getReshaped(shape, block, size, false));
  const permutation = tf.backend_util.getPermuted(apart.shape.length, block.length, false);
  const together = tf.backend_util.getReshapedPermuted(shape, block, size, false);
  return builder.reshape(builder.transpose(apart, permutation), together);
});

registerTracedKernel('BatchToSpaceND', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  const block = attribute<number[]>(call, 'blockShape');
  const crops = attribute<[number, number][]>(call, 'crops');
  const shape = [...x.shape];
  const size = tf.util.sizeFromShape(block);
  const apart = builder.reshape(x, tf.backend_util.getReshaped(shape, block, size));
  const permutation = tf.backend_util.getPermuted(apart.shape.length, block.length);
  const together = tf.backend_util.getReshapedPermuted(shape, block, size);
  return builder.slice(
    builder.reshape(builder.transpose(apart, permutation), together),
    together.map((_, axis) => crops[axis - 1]?.[0] ?? 0),
    together.map((length, axis) => length - (crops[axis - 1]?.[0] ?? 0) - (crops[axis - 1]?.[1] ?? 0)),
  );
});

registerTracedKernel('DepthToSpace', (call) => {
  const { builder } = call;
  const x = inputOf(call, 'x');
  const block = attribute<number>(call, 'blockSize');
  if (attribute<string>(call, 'dataFormat') !== 'NHWC')
    throw new Untraceable('DepthToSpace', 'depthToSpace with channels first cannot be compiled; use NHWC');
  const [n, height, width, depth] = x.shape as [number, number, number, number];
  const channels = depth / block ** 2;
  const apart = builder.reshape(x, [n, height, width, block, block, channels]);
  return builder.reshape(builder.transpose(apart, [0, 1, 3, 2, 4, 5]), [n, height * block, width * block, channels]);
});

registerTracedKernel('MirrorPad', (call) => {
  const { builder } = call;
  /** Whether the border itself is repeated. */
  const repeated = attribute<string>(call, 'mode') === 'symmetric' ? 1 : 0;
  return attribute<[number, number][]>(call, 'paddings').reduce(
    (x, [before, after], axis) => {
      if (before === 0 && after === 0) return x;
      const length = x.shape[axis]!;
      const from = Int32Array.from({ length: before + length + after }, (_, i) => {
        const at = i - before;
        return at < 0 ? -at - repeated : at < length ? at : 2 * (length - 1) - at + repeated;
      });
      const shape = x.shape.map((each, i) => (i === axis ? from.length : each));
      const indices = builder.constant(from, [from.length], 'int32');
      return builder.add({ kind: 'gather', axis, inputs: [x.id, indices.id] }, shape, x.dtype);
    },
    inputOf(call, 'x'),
  );
});
