import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { writeWhole } from '../../src/core/files';
import { optimize } from '../../src/engine/program/optimize';
import { trace } from '../../src/engine/trace';
import { Rng } from '../../src/math/rng';
import { anyBatch, oneBatch } from '../../src/onnx/batch';
import { onnxModel } from '../../src/onnx/model';
import { loadOnnx } from '../../src/onnx/session';
import { useEngine } from '../support/engine';
import { temporaryFolder } from '../support/kdlab';
import { assertClose } from '../support/numbers';

before(useEngine);

type Body = (x: tf.Tensor4D, n: number) => tf.Tensor;

const SHAPE = [5, 6, 4] as const;
const WIDTH = 120;

function graphOf(body: Body, n: number, optimized: boolean) {
  const graph = trace((scope) => ({
    y: tf.cast(body(scope.placeholder('x', [n, ...SHAPE]) as tf.Tensor4D, n), 'float32'),
  }));
  return { graph: optimized ? optimize(graph) : graph, size: n };
}

const parameter = (variable: tf.Variable) => ({ name: variable.name, values: variable.dataSync() });

/** Normal numbers, some of them 0 and some equal. */
function examples(n: number): Float32Array {
  return Rng.root(3)
    .normal(n * WIDTH)
    .map((value, i) => (i % 7 === 0 ? 0 : i % 5 === 0 ? Math.round(value) : value));
}

const constant = (label: string, shape: number[]) =>
  tf.tensor(
    Rng.root(5)
      .split(label)
      .normal(shape.reduce((a, b) => a * b, 1)),
    shape,
  );

/** One body for every operation and every special case of writing it. */
const BODIES: Record<string, Body> = {
  exponentials: (x) => tf.add(tf.exp(x), tf.add(tf.expm1(x), tf.log1p(tf.abs(x)))),
  roots: (x) => tf.add(tf.sqrt(tf.abs(x)), tf.rsqrt(tf.add(1, tf.square(x)))),
  rounding: (x) => tf.add(tf.floor(x), tf.add(tf.ceil(x), tf.round(x))),
  activations: (x) =>
    tf.addN([tf.relu(x), tf.relu6(tf.mul(5, x)), tf.elu(x), tf.selu(x), tf.sigmoid(x), tf.tanh(x), tf.softplus(x)]),
  circles: (x) => tf.add(tf.sin(x), tf.mul(tf.cos(x), tf.erf(x))),
  signs: (x) => tf.add(tf.sign(x), tf.add(tf.neg(x), tf.reciprocal(tf.add(1.5, tf.square(x))))),
  prelu: (x) => tf.prelu(x, tf.fill([1, 1, 1, 1], 0.3) as tf.Tensor4D),
  step: (x) => tf.step(x, 0.25),
  division: (x) =>
    tf.add(tf.floorDiv(tf.cast(tf.mul(9, x), 'int32'), tf.scalar(4, 'int32')), tf.mod(x, tf.scalar(0.7))),
  powers: (x) => tf.pow(tf.abs(x), tf.scalar(1.5)),
  comparisons: (x) =>
    tf.addN(
      [
        tf.equal(x, 0),
        tf.notEqual(x, 0),
        tf.less(x, 0),
        tf.lessEqual(x, 0),
        tf.greater(x, 0),
        tf.greaterEqual(x, 0),
      ].map((truth, i) => tf.mul(2 ** i, tf.cast(truth, 'float32'))),
    ),
  logic: (x) => tf.logicalAnd(tf.logicalNot(tf.less(x, 0)), tf.logicalOr(tf.greater(x, 1), tf.equal(x, 0))),
  nan: (x) => tf.isNaN(tf.log(x)),
  extremes: (x) => tf.add(tf.minimum(x, 0.5), tf.squaredDifference(tf.maximum(x, -0.5), x)),
  select: (x) => tf.where(tf.greater(x, 0), tf.mul(x, 2), tf.zerosLike(x)),
  integers: (x) => tf.add(tf.cast(tf.mul(3, x), 'int32'), tf.cast(tf.greater(x, 0), 'int32')),
  'a vector of the batch': (x, n) => tf.add(tf.reshape(x, [n, -1]), tf.expandDims(tf.ones([n]), 1)),
  'products of matrices': (x, n) => tf.matMul(tf.reshape(x, [n, WIDTH]), constant('b', [WIDTH, 3]) as tf.Tensor2D),
  'transposed products': (x, n) =>
    tf.matMul(tf.reshape(x, [n, WIDTH]), constant('b', [3, WIDTH]) as tf.Tensor2D, false, true),
  'the batch multiplied away': (x, n) => {
    const rows = tf.reshape(x, [n, WIDTH]) as tf.Tensor2D;
    return tf.matMul(rows, tf.matMul(rows, rows, true, false));
  },
  'batches of products': (x) => tf.matMul(x, x, false, true),
  'batches of transposed products': (x) => tf.matMul(x, x, true, false),
  reductions: (x) => tf.add(tf.sum(x, [1, 3]), tf.add(tf.mean(x, [1, 3]), tf.max(x, [1, 3]))),
  'small reductions': (x) => tf.add(tf.min(x, 2), tf.prod(x, 2)),
  'truth over an axis': (x) =>
    tf.add(tf.cast(tf.any(tf.greater(x, 1.5), 1), 'float32'), tf.cast(tf.all(tf.less(x, 1.5), 1), 'float32')),
  'the place of the largest': (x) => tf.add(tf.argMax(x, -1), tf.argMin(x, -1)),
  'layers of layout': (x, n) => tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [n * 4, 30]),
  'repeated rows': (x) => tf.tile(tf.slice(x, [0, 1, 2, 0], [-1, 3, 2, 4]), [1, 2, 1, 3]),
  'a step back': (x) => tf.reverse(tf.stridedSlice(x, [0, 4, 0, 1], [1, 0, 6, 4], [1, -2, 2, 1], 1, 1), [2]),
  padding: (x) =>
    tf.pad(
      x,
      [
        [0, 0],
        [1, 2],
        [0, 1],
        [0, 0],
      ],
      1.5,
    ),
  joining: (x) => tf.concat([x, tf.mul(2, x), tf.slice(x, [0, 0, 0, 1], [-1, -1, -1, 2])], 3),
  gathering: (x) => tf.gather(x, tf.tensor1d([3, 0, 3], 'int32'), 2),
  'one of many': (x, n) => tf.oneHot(tf.reshape(tf.argMax(x, 3), [n, 30]), 4),
  'running sums': (x) => tf.add(tf.cumsum(x, 1, true, false), tf.cumsum(x, 1, false, true)),
  softmax: (x) => tf.add(tf.softmax(x), tf.logSoftmax(x)),
  'a convolution, same': (x) => tf.conv2d(x, constant('f', [3, 2, 4, 7]) as tf.Tensor4D, 2, 'same'),
  'a convolution, valid and dilated': (x) =>
    tf.conv2d(x, constant('f', [2, 3, 4, 2]) as tf.Tensor4D, 1, 'valid', 'NHWC', [2, 1]),
  'a depthwise convolution': (x) => tf.depthwiseConv2d(x, constant('d', [3, 3, 4, 2]) as tf.Tensor4D, 1, 'same'),
  pooling: (x) => tf.add(tf.maxPool(x, 3, 2, 'same'), tf.avgPool(x, 3, 2, 'same')),
  'pooling that leaves a row over': (x) => tf.maxPool(x, 2, 2, 'valid'),
  normalization: (x) =>
    tf.batchNorm(
      x,
      tf.tensor1d([1, 2, 3, 4]),
      tf.tensor1d([1, 2, 1, 2]),
      tf.tensor1d([0, 1, 0, 1]),
      tf.tensor1d([2, 2, 1, 1]),
    ),
};

for (const [name, body] of Object.entries(BODIES))
  for (const optimized of [false, true])
    test(`${name}${optimized ? ', optimised' : ''}: ONNX Runtime computes what tfjs does, for any batch`, async () => {
      const file = path.join(temporaryFolder('onnx'), 'model.onnx');
      const info = { name: 'test', version: '0', metadata: {} };
      writeWhole(
        file,
        Buffer.from(onnxModel(anyBatch(graphOf(body, 101, optimized), graphOf(body, 203, optimized)), parameter, info)),
      );
      const session = await loadOnnx(file);
      for (const n of [1, 2, 5]) {
        const x = examples(n);
        const expected = tf.tidy(() =>
          Float32Array.from(tf.cast(body(tf.tensor4d(x, [n, ...SHAPE]), n), 'float32').dataSync()),
        );
        const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
        assertClose(await session.run(x, n), expected, 3e-6 * largest);
      }
      await session.release();
    });

test('what is right for one size of the batch alone is not written as right for all', () => {
  const average: Body = (x, n) => tf.div(tf.sum(x, 0), n);
  const different: Body = (x, n) => (n > 150 ? tf.neg(x) : x);
  const odd: Body = (x, n) =>
    tf.reshape(tf.tile(tf.slice(x, [0, 0, 0, 0], [1, 5, 6, 4]), [n + 1, 1, 1, 1]), [n + 1, WIDTH]);
  for (const body of [average, different, odd])
    assert.throws(
      () => anyBatch(graphOf(body, 101, false), graphOf(body, 203, false)),
      /depends on the size of the batch.*option batch/s,
    );
});

test('for one size the batch is a number', async () => {
  const file = path.join(temporaryFolder('onnx'), 'model.onnx');
  const { graph } = graphOf((x, n) => tf.div(tf.sum(x, 0, true), n), 4, true);
  writeWhole(file, Buffer.from(onnxModel(oneBatch(graph), parameter, { name: 'mean', version: '0', metadata: {} })));
  const session = await loadOnnx(file);
  const x = examples(4);
  assertClose(await session.run(x, 4), tf.mean(tf.tensor4d(x, [4, ...SHAPE]), 0).dataSync(), 1e-6);
  await assert.rejects(session.run(x, 3), RangeError);
  await session.release();
});

test('what ONNX has nothing for is named', () => {
  const info = { name: 'test', version: '0', metadata: {} };
  const refused = (body: Body) => () => onnxModel(oneBatch(graphOf(body, 2, false).graph), parameter, info);
  assert.throws(
    refused((x) => tf.atan2(x, tf.ones([1]))),
    /"atan2" cannot be written as ONNX/,
  );
  assert.throws(
    refused((x) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 0], 'int32'), 1)),
    /"segmentSum" cannot be written as ONNX/,
  );
  assert.throws(
    refused((x) => tf.grad((at: tf.Tensor) => tf.sum(tf.maxPool(at as tf.Tensor4D, 2, 2, 'valid')))(x)),
    /export the forward pass only/,
  );
});
