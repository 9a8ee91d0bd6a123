import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import { materialised, once, type PerExample } from './gradients';
import type { Use } from './observe';
import { type Outer, outer } from './outer';
import { shifted, windowOf } from './patches';

/** What one use adds to a parameter's gradients, in the shape that the use saw the parameter in. */
export type Contribution =
  | { readonly kind: 'outer'; readonly outer: Outer; readonly shape: readonly number[] }
  | { readonly kind: 'other'; readonly gradients: PerExample };

type Rule = (use: Use, n: number) => Contribution | undefined;

/** Rows that lie one after the other for each example: [n·T, …] or [n, T, …] → [n, T, width]. */
function perExampleRows(x: tf.Tensor, n: number): tf.Tensor3D | undefined {
  const width = x.shape.at(-1)!;
  if (x.rank < 2 || x.shape[0]! % n !== 0) return undefined;
  return tf.reshape(x, [n, x.size / (n * width), width]);
}

/** Activations × parameter. */
const product: Rule = ({ place, inputs, attributes, delta }, n) => {
  const { a, b } = inputs as { a: tf.Tensor; b: tf.Tensor };
  if (place !== 'b' || attributes.transposeA === true || b.rank - b.shape.filter((size) => size === 1).length > 2)
    return undefined;
  const [left, right] = [perExampleRows(a, n), perExampleRows(delta, n)];
  if (left === undefined || right === undefined || left.shape[1] !== right.shape[1]) return undefined;
  const [rows, columns] = attributes.transposeB === true ? [right, left] : [left, right];
  const sizes = { times: left.shape[1], k: rows.shape[2], m: columns.shape[2] };
  return { kind: 'outer', outer: { left: () => rows, right: () => columns, sizes }, shape: b.shape };
};

/** Images and their filter: a product with the patches that the filter sees. */
const convolution: Rule = ({ place, inputs, attributes, delta }, n) => {
  const { x, filter } = inputs as { x: tf.Tensor4D; filter: tf.Tensor4D };
  if (place !== 'filter' || x.shape[0] !== n) return undefined;
  const window = windowOf(x.shape, filter.shape, attributes, false);
  const times = window.outHeight * window.outWidth;
  const [k, m] = [window.filterHeight * window.filterWidth * window.inChannels, window.outChannels];
  const right = once(() => tf.reshape(delta, [n, times, m]) as tf.Tensor3D);
  const left = once(() => tf.reshape(tf.concat(shifted(x, window), 3), [n, times, k]) as tf.Tensor3D);
  const sum = (factors: tf.Tensor1D) => {
    const dy = tf.mul(delta, tf.reshape(factors, [n, 1, 1, 1]));
    return tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, {
      ...attributes,
      filterShape: filter.shape,
    } as never) as tf.Tensor;
  };
  return { kind: 'outer', outer: { left, right, sizes: { times, k, m }, sum }, shape: filter.shape };
};

/** Each channel with filters of its own; its gradient is small and made for each example, cell by cell. */
const depthwise: Rule = ({ place, inputs, attributes, delta }, n) => {
  const { x, filter } = inputs as { x: tf.Tensor4D; filter: tf.Tensor4D };
  if (place !== 'filter' || x.shape[0] !== n) return undefined;
  const window = windowOf(x.shape, filter.shape, attributes, true);
  const { outHeight, outWidth, inChannels } = window;
  const places = [n, outHeight * outWidth, inChannels] as const;
  const deltas = tf.reshape(delta, [...places, filter.shape[3]]);
  const cells = shifted(x, window).map((cell) => tf.sum(tf.mul(tf.reshape(cell, [...places, 1]), deltas), 1));
  return { kind: 'other', gradients: materialised(tf.reshape(tf.stack(cells, 1), [n, ...filter.shape])) };
};

/** Rows of a table by their numbers (Bu et al. 2022): those that an example looks up twice add up. */
const lookup: Rule = ({ place, inputs, attributes, delta }, n) => {
  const { x, indices } = inputs as { x: tf.Tensor; indices: tf.Tensor };
  if (place !== 'x' || attributes.axis !== 0 || x.rank !== 2 || indices.shape[0]! % n !== 0) return undefined;
  const [vocabulary, width] = x.shape as [number, number];
  const times = indices.size / n;
  const numbers = tf.reshape(indices, [n, times]);
  const rows = tf.reshape(delta, [n, times, width]) as tf.Tensor3D;
  const summed = (values: tf.Tensor3D) =>
    tf.unsortedSegmentSum(
      tf.reshape(values, [n * times, width]),
      tf.reshape(numbers, [n * times]) as tf.Tensor1D,
      vocabulary,
    );
  return {
    kind: 'other',
    gradients: {
      squares: () => {
        if (times === 1) return tf.sum(tf.square(rows), [1, 2]);
        const same = tf.cast(tf.equal(tf.expandDims(numbers, 2), tf.expandDims(numbers, 1)), 'float32');
        return tf.maximum(tf.sum<tf.Tensor1D>(tf.mul(same, tf.matMul(rows, rows, false, true)), [1, 2]), 0);
      },
      sum: (factors) => summed(tf.mul(rows, tf.reshape(factors, [n, 1, 1]))),
      all: () => tf.matMul(tf.oneHot(tf.cast(numbers, 'int32'), vocabulary, 1, 0) as tf.Tensor3D, rows, true),
    },
  };
};

/** [n or n·T, …] → [n, …shape]: summed over everything that a parameter of that shape was broadcast along. */
function reduced(x: tf.Tensor, shape: readonly number[], n: number): tf.Tensor | undefined {
  const [first, ...rest] = x.shape as [number, ...number[]];
  const aligned = [...new Array<number>(Math.max(0, rest.length + 1 - shape.length)).fill(1), ...shape];
  if (first % n !== 0 || aligned[0] !== 1 || aligned.length !== rest.length + 1) return undefined;
  // What the parameter has in full, as the last axes: everything before is summed at once.
  let full = rest.length;
  while (full > 0 && aligned[full] === rest[full - 1]) full--;
  const tail = rest.slice(full);
  const between = x.size / (n * tail.reduce((product, length) => product * length, 1));
  if (aligned.slice(1, full + 1).every((size) => size === 1)) {
    if (between === 1) return tf.reshape(x, [n, ...shape]);
    return tf.reshape(tf.sum(tf.reshape(x, [n, between, ...tail]), 1), [n, ...shape]);
  }
  const axes = [1, ...aligned.slice(1).flatMap((size, i) => (size === 1 && rest[i] !== 1 ? [i + 2] : []))];
  return tf.reshape(tf.sum(tf.reshape(x, [n, first / n, ...rest]), axes), [n, ...shape]);
}

/** A parameter added, subtracted or multiplied along the examples: a bias, the gain of a normalisation. */
const broadcast =
  (factor: (use: Use) => tf.Tensor | undefined): Rule =>
  (use, n) => {
    const other = use.inputs[use.place === 'a' ? 'b' : 'a']!;
    const by = factor(use);
    const gradients = reduced(by === undefined ? use.delta : tf.mul(use.delta, by), use.inputs[use.place]!.shape, n);
    if (gradients === undefined || other.shape[0] !== use.delta.shape[0]) return undefined;
    return { kind: 'other', gradients: materialised(gradients) };
  };

/** One row handed to every example: a class token. */
const repeated: Rule = ({ inputs, attributes, delta }, n) => {
  const shape = inputs.x!.shape;
  const [first, ...rest] = attributes.reps as readonly number[];
  if (shape[0] !== 1 || first !== n || rest.some((count) => count !== 1)) return undefined;
  return { kind: 'other', gradients: materialised(tf.reshape(delta, [n, ...shape])) };
};

const RULES: Readonly<Record<string, Rule>> = {
  BatchMatMul: product,
  Conv2D: convolution,
  DepthwiseConv2dNative: depthwise,
  GatherV2: lookup,
  Add: broadcast(() => undefined),
  Sub: broadcast(({ place }) => (place === 'b' ? tf.scalar(-1) : undefined)),
  Multiply: broadcast(({ place, inputs }) => inputs[place === 'a' ? 'b' : 'a']),
  Tile: repeated,
};

/** Throws KdlabError naming the operation where it is not known how an example's share is told from the others'. */
export function contributionOf(parameter: string, use: Use, n: number): Contribution {
  const found = RULES[use.kernel]?.(use, n);
  if (found !== undefined) return found;
  const shapes = Object.entries(use.inputs).map(([name, { shape }]) => `${name} [${shape}]`);
  throw new KdlabError(
    `the parameter "${parameter}" enters by the operation ${use.kernel} (${shapes.join(', ')}), for which norms of single ` +
      'examples’ gradients are not known; set norms: loop, which takes any model and is slow',
  );
}

/** The gradients of a contribution, in the shape that the use saw the parameter in. */
export function gradientsOf(contribution: Contribution): PerExample {
  if (contribution.kind === 'other') return contribution.gradients;
  const { shape } = contribution;
  const { squares, sum, all } = outer(contribution.outer);
  return {
    squares,
    sum: (factors) => tf.reshape(sum(factors), [...shape]),
    all: once(() => {
      const each = all();
      return tf.reshape(each, [each.shape[0]!, ...shape]);
    }),
  };
}
