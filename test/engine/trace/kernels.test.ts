import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { selectEngine } from '../../../src/engine/engine';
import { evaluate } from '../../../src/engine/program/evaluate';
import { optimize } from '../../../src/engine/program/optimize';
import { trace } from '../../../src/engine/trace';
import { Rng } from '../../../src/math/rng';

before(() => selectEngine('cpu'));

/** An operation on given tensors; where it is differentiable, by the first of them. */
interface Case {
  readonly shapes: readonly (readonly number[])[];
  readonly f: (...x: tf.Tensor[]) => tf.Tensor;
  readonly smooth?: boolean;
  /** Put the inputs into the domain of the operation. */
  readonly domain?: (x: number) => number;
}

function assertNear(found: ArrayLike<number>, expected: ArrayLike<number>, what: string): void {
  assert.equal(found.length, expected.length, what);
  for (let i = 0; i < found.length; i++) {
    const [a, b] = [found[i]!, expected[i]!];
    if (Number.isNaN(b) || !Number.isFinite(b)) assert.ok(Object.is(a, b) || a === b, `${what}: [${i}] ${a}, ${b}`);
    else assert.ok(Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(b)), `${what}: element ${i} is ${a}, expected ${b}`);
  }
}

/** What the operation and its gradient are by tfjs, by its trace, and by the trace made smaller. */
function check(name: string, { shapes, f, smooth = true, domain = (x) => x }: Case, seed: number): void {
  const values = shapes.map((shape, i) =>
    Rng.root(seed)
      .split('x', i)
      .normal(shape.reduce((a, b) => a * b, 1))
      .map(domain),
  );
  const compute = (...x: tf.Tensor[]): Record<string, tf.Tensor> => {
    const result: Record<string, tf.Tensor> = { y: f(...x) };
    if (smooth) {
      const weights = tf.tensor(Rng.root(seed).split('dy').normal(result.y!.size), result.y!.shape);
      result.dx = tf.grad((first: tf.Tensor) => tf.sum(tf.mul(tf.cast(f(first, ...x.slice(1)), 'float32'), weights)))(
        x[0]!,
      );
    }
    return result;
  };
  const eager = tf.tidy(() => {
    const results = compute(...values.map((value, i) => tf.tensor(value, [...shapes[i]!])));
    return Object.fromEntries(
      Object.entries(results).map(([key, y]) => [key, { shape: y.shape, values: Array.from(y.dataSync()) }]),
    );
  });
  const live = tf.memory().numTensors;
  const graph = trace((scope) => compute(...shapes.map((shape, i) => scope.placeholder(`x${i}`, shape))));
  assert.equal(tf.memory().numTensors, live, `${name} leaks tensors`);
  const inputs = Object.fromEntries(values.map((value, i) => [`x${i}`, value]));
  for (const [form, each] of Object.entries({ traced: graph, optimized: optimize(graph) })) {
    const { outputs } = evaluate(each, { inputs });
    for (const [key, expected] of Object.entries(eager)) {
      assert.deepEqual(each.nodes[each.outputs[key]!]!.shape, expected.shape, `shape of ${key} of ${name}, ${form}`);
      assertNear(outputs[key]!, expected.values, `${key} of ${name}, ${form}`);
    }
  }
}

const positive = (x: number) => Math.abs(x) + 0.1;
const away = (x: number) => (Math.abs(x) < 0.05 ? 0.3 : x);

const UNARIES: Record<string, [(x: tf.Tensor) => tf.Tensor, (((x: number) => number) | undefined)?, boolean?]> = {
  neg: [tf.neg],
  abs: [tf.abs, away],
  exp: [tf.exp],
  expm1: [tf.expm1],
  log: [tf.log, positive],
  log1p: [tf.log1p, positive],
  sqrt: [tf.sqrt, positive],
  rsqrt: [tf.rsqrt, positive],
  square: [tf.square],
  reciprocal: [tf.reciprocal, away],
  relu: [tf.relu, away],
  relu6: [tf.relu6, away],
  elu: [tf.elu, away],
  selu: [tf.selu, away],
  sigmoid: [tf.sigmoid],
  tanh: [tf.tanh],
  softplus: [tf.softplus],
  erf: [tf.erf],
  sin: [tf.sin],
  cos: [tf.cos],
  tan: [(x) => tf.tan(tf.mul(x, 0.3))],
  asin: [(x) => tf.asin(tf.mul(tf.tanh(x), 0.9))],
  acos: [(x) => tf.acos(tf.mul(tf.tanh(x), 0.9))],
  atan: [tf.atan],
  sinh: [tf.sinh],
  cosh: [tf.cosh],
  asinh: [tf.asinh],
  acosh: [tf.acosh, (x) => Math.abs(x) + 1.1],
  atanh: [(x) => tf.atanh(tf.mul(tf.tanh(x), 0.9))],
  sign: [tf.sign, away],
  notANumber: [(x) => tf.sign(tf.relu(tf.mul(tf.log(x), 2))), undefined, false],
  floor: [tf.floor],
  ceil: [tf.ceil],
  round: [(x) => tf.round(tf.mul(x, 3))],
  leakyRelu: [(x) => tf.leakyRelu(x, 0.3), away],
  clip: [(x) => tf.clipByValue(x, -0.5, 0.7)],
  step: [(x) => tf.step(x), away, false],
  isNaN: [(x) => tf.isNaN(tf.log(x)), undefined, false],
  isFinite: [(x) => tf.isFinite(tf.div(1, tf.relu(x))), undefined, false],
  logicalNot: [(x) => tf.logicalNot(tf.greater(x, 0)), undefined, false],
  castInt: [(x) => tf.cast(tf.mul(x, 5), 'int32'), undefined, false],
  zerosLike: [tf.zerosLike],
  onesLike: [tf.onesLike],
  softmax: [(x) => tf.softmax(x)],
  logSoftmax: [(x) => tf.logSoftmax(x)],
  logSumExp: [(x) => tf.logSumExp(x)],
  tile: [(x) => tf.tile(x, [2, 1, 3])],
  reverse: [(x) => tf.reverse(x, [0, 2])],
  transpose: [(x) => tf.transpose(x, [2, 0, 1])],
  pad: [
    (x) =>
      tf.pad(x, [
        [1, 0],
        [0, 2],
        [1, 1],
      ]),
  ],
  expandDims: [(x) => tf.expandDims(x, -1)],
  reshape: [(x) => tf.reshape(x, [-1])],
  cumsumWithin: [(x) => tf.cumsum(x, 1), undefined, false],
  cumsum: [(x) => tf.cumsum(x, 2)],
  cumsumBackwards: [(x) => tf.cumsum(x, 2, true, true)],
  cumprod: [(x) => tf.cumprod(x, 1), undefined, false],
  cumprodBackwards: [(x) => tf.cumprod(x, 2, true, true), undefined, false],
  prodGradient: [(x) => tf.prod(x, 1), away],
  mirrorPad: [
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 0],
          [1, 1],
          [0, 1],
        ],
        'reflect',
      ),
    undefined,
    false,
  ],
  mirrorPadSymmetric: [
    (x) =>
      tf.mirrorPad(
        x,
        [
          [0, 2],
          [0, 0],
          [1, 1],
        ],
        'symmetric',
      ),
    undefined,
    false,
  ],
  addN: [(x) => tf.addN([x, tf.square(x), x])],
  broadcastTo: [(x) => tf.broadcastTo(x, [3, ...x.shape])],
  batchNorm: [(x) => tf.batchNorm(x, tf.scalar(0.3), tf.scalar(2), tf.scalar(1), tf.scalar(0.5)), undefined, false],
  diagonal: [(x) => tf.diag(tf.reshape(x, [-1])), undefined, false],
  ranges: [(x) => tf.mul(tf.sum(x), tf.add(tf.range(0, 5), tf.linspace(0, 1, 5)))],
  second: [(x) => tf.grad((z: tf.Tensor) => tf.sum(tf.mul(tf.tanh(z), tf.square(z))))(x)],
  unstack: [(x) => tf.add(tf.unstack(x, 1)[0]!, 1)],
  stack: [(x) => tf.stack([x, tf.square(x)], 1)],
  split: [(x) => tf.split(x, [1, x.shape[1]! - 1], 1)[1]!],
  slice: [(x) => tf.slice(x, [0, 1, 0], [-1, -1, 1])],
  stridedSlice: [(x) => tf.stridedSlice(x, [0, 0, 0], [9, 9, 9], [1, 2, 1]), undefined, false],
  mean: [(x) => tf.mean(x)],
  norm: [(x) => tf.norm(x)],
  moments: [(x) => tf.moments(x, [0, 1]).variance],
  oneHot: [(x) => tf.oneHot(tf.argMax(x, 2) as tf.Tensor2D, 4), undefined, false],
  argMin: [(x) => tf.argMin(x, 1), undefined, false],
  any: [(x) => tf.any(tf.greater(x, 1), 1), undefined, false],
  all: [(x) => tf.all(tf.greater(x, -1), 0, true), undefined, false],
};

const BINARIES: Record<
  string,
  [(a: tf.Tensor, b: tf.Tensor) => tf.Tensor, (((x: number) => number) | undefined)?, boolean?]
> = {
  add: [tf.add],
  sub: [tf.sub],
  mul: [tf.mul],
  div: [tf.div, away],
  pow: [tf.pow, positive],
  // tfjs' own gradients of these do not broadcast.
  minimum: [tf.minimum, undefined, false],
  maximum: [tf.maximum, undefined, false],
  mod: [tf.mod, positive, false],
  squaredDifference: [tf.squaredDifference, undefined, false],
  atan2: [tf.atan2, away],
  prelu: [(a, b) => tf.prelu(a, b), undefined, false],
  equal: [tf.equal, Math.sign, false],
  notEqual: [tf.notEqual, Math.sign, false],
  less: [tf.less, undefined, false],
  lessEqual: [tf.lessEqual, Math.sign, false],
  greater: [tf.greater, undefined, false],
  greaterEqual: [tf.greaterEqual, Math.sign, false],
  logicalAnd: [(a, b) => tf.logicalAnd(tf.greater(a, 0), tf.greater(b, 0)), undefined, false],
  logicalOr: [(a, b) => tf.logicalOr(tf.greater(a, 0), tf.greater(b, 0)), undefined, false],
  where: [(a, b) => tf.where(tf.greater(b, 0), a, tf.neg(a))],
};

/** Two shapes that broadcast. */
const broadcasting = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 4 }), fc.boolean(), fc.boolean()), { minLength: 0, maxLength: 3 })
  .chain((axes) =>
    fc.tuple(
      fc.constant(axes.map(([length, one]) => (one ? 1 : length))),
      fc
        .integer({ min: 0, max: axes.length })
        .map((from) => axes.slice(from).map(([length, , one]) => (one ? 1 : length))),
    ),
  );
const small = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 2, max: 4 })));
const seeds = fc.integer({ min: 0, max: 1e6 });

describe('a traced operation is what tfjs computes, and so is its gradient', () => {
  for (const [name, [f, domain, smooth]] of Object.entries(UNARIES))
    test(name, () =>
      fc.assert(
        fc.property(small, seeds, (shape, seed) =>
          check(
            name,
            { shapes: [shape], f, ...(domain && { domain }), ...(smooth === undefined ? {} : { smooth }) },
            seed,
          ),
        ),
        { numRuns: 8 },
      ),
    );
  for (const [name, [f, domain, smooth]] of Object.entries(BINARIES))
    test(`${name}, broadcast`, () =>
      fc.assert(
        fc.property(broadcasting, seeds, (shapes, seed) =>
          check(name, { shapes, f, ...(domain && { domain }), ...(smooth === undefined ? {} : { smooth }) }, seed),
        ),
        { numRuns: 15 },
      ));
  for (const [kind, reduce] of Object.entries({ sum: tf.sum, max: tf.max, min: tf.min, mean: tf.mean, prod: tf.prod }))
    test(`${kind} over any axes`, () =>
      fc.assert(
        fc.property(small, fc.subarray([0, 1, 2]), fc.boolean(), seeds, (shape, axes, keep, seed) =>
          check(kind, { shapes: [shape], f: (x) => reduce(x, axes, keep), smooth: kind !== 'prod' }, seed),
        ),
        { numRuns: 12 },
      ));
  test('matMul, transposed and batched', () =>
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.integer({ min: 1, max: 3 }), seeds, (ta, tb, batch, seed) =>
        check(
          'matMul',
          {
            shapes: [ta ? [batch, 4, 3] : [batch, 3, 4], tb ? [1, 2, 4] : [1, 4, 2]],
            f: (a, b) => tf.matMul(a, b, ta, tb),
          },
          seed,
        ),
      ),
      { numRuns: 12 },
    ));
  for (const equation of ['ij,jk->ik', 'bij,bkj->bik', 'bij,bj->bi', 'bi,bj->bij', 'ijk->kj', 'bhid,bhjd->bhij'])
    test(`einsum ${equation}`, () => {
      const lengths: Record<string, number> = { b: 2, h: 3, i: 2, j: 3, k: 4, d: 2 };
      const shapes = equation
        .split('->')[0]!
        .split(',')
        .map((term) => [...term].map((letter) => lengths[letter]!));
      check(equation, { shapes, f: (...x) => tf.einsum(equation, ...x), smooth: false }, 1);
    });
  for (const [stride, pad, dilation] of [
    [1, 'same', 1],
    [2, 'same', 1],
    [2, 'valid', 1],
    [1, 'valid', 2],
    [1, 1, 1],
  ] as const) {
    test(`convolutions, stride ${stride}, pad ${pad}, dilation ${dilation}`, () => {
      const image = [2, 6, 5, 3];
      const conv = (x: tf.Tensor, f: tf.Tensor) =>
        tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, stride, pad, 'NHWC', dilation, pad === 1 ? 'floor' : undefined);
      const depth = (x: tf.Tensor, f: tf.Tensor) =>
        tf.depthwiseConv2d(
          x as tf.Tensor4D,
          f as tf.Tensor4D,
          stride,
          pad,
          'NHWC',
          dilation,
          pad === 1 ? 'floor' : undefined,
        );
      // tfjs has no gradient of dilated convolutions.
      const smooth = dilation === 1;
      check('conv2d', { shapes: [image, [3, 2, 3, 4]], f: conv, smooth }, 1);
      check('conv2d by filter', { shapes: [[3, 2, 3, 4], image], f: (f, x) => conv(x, f), smooth }, 2);
      check('depthwise', { shapes: [image, [3, 2, 3, 2]], f: depth, smooth }, 3);
      check('depthwise by filter', { shapes: [[3, 2, 3, 2], image], f: (f, x) => depth(x, f), smooth }, 4);
    });
    if (dilation === 1 && pad !== 1)
      test(`poolings, stride ${stride}, pad ${pad}`, () => {
        check('maxPool', { shapes: [[2, 6, 5, 3]], f: (x) => tf.maxPool(x as tf.Tensor4D, 2, stride, pad) }, 1);
        const average = (x: tf.Tensor) => tf.avgPool(x as tf.Tensor4D, 3, stride, pad);
        // At the border tfjs' gradient divides by the whole kernel, though its mean is over the cells inside.
        check('avgPool', { shapes: [[2, 6, 5, 3]], f: average, smooth: pad === 'valid' }, 2);
      });
  }
  test('gather and its gradient, segment sums', () => {
    const ids = () => tf.tensor1d([2, 0, 2, 1], 'int32');
    check('gather', { shapes: [[3, 2]], f: (x) => tf.gather(x, ids()) }, 1);
    check('gather of columns', { shapes: [[2, 3]], f: (x) => tf.gather(x, ids(), 1) }, 2);
    check('segment sum', { shapes: [[4, 3]], f: (x) => tf.unsortedSegmentSum(x, ids(), 3) }, 3);
    check(
      'gatherND',
      {
        shapes: [[3, 4]],
        f: (x) =>
          tf.gatherND(
            x,
            tf.tensor2d(
              [
                [0, 1],
                [2, 3],
              ],
              [2, 2],
              'int32',
            ),
          ),
        smooth: false,
      },
      4,
    );
  });
  test('gather within batches, scatter', () => {
    const ids = () => tf.tensor2d([2, 0, 1, 1], [2, 2], 'int32');
    check('batched gather', { shapes: [[2, 3, 2]], f: (x) => tf.gather(x, ids(), 1, 1), smooth: false }, 1);
    const places = () => tf.tensor2d([2, 0, 2], [3, 1], 'int32');
    check('scatterND', { shapes: [[3, 2]], f: (x) => tf.scatterND(places(), x, [4, 2]), smooth: false }, 2);
    const cells = () => tf.tensor2d([0, 1, 1, 2], [2, 2], 'int32');
    check('scatterND of cells', { shapes: [[2]], f: (x) => tf.scatterND(cells(), x, [2, 3]), smooth: false }, 3);
  });
  test('dilated pooling, blocks, fused activations, transposed convolution', () => {
    const image = [2, 4, 4, 4];
    const as4 = (x: tf.Tensor) => x as tf.Tensor4D;
    check('pool', { shapes: [image], f: (x) => tf.pool(as4(x), 2, 'max', 'valid', 2), smooth: false }, 1);
    const blocks = (x: tf.Tensor) =>
      tf.spaceToBatchND(
        x,
        [2, 3],
        [
          [0, 0],
          [1, 1],
        ],
      );
    check('spaceToBatch', { shapes: [image], f: blocks }, 2);
    check('depthToSpace', { shapes: [image], f: (x) => tf.depthToSpace(as4(x), 2), smooth: false }, 3);
    const transposed = (x: tf.Tensor, f: tf.Tensor) => tf.conv2dTranspose(as4(x), as4(f), [2, 8, 8, 3], 2, 'same');
    check('conv2dTranspose', { shapes: [image, [3, 3, 3, 4]], f: transposed }, 4);
    for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const) {
      const dense = (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
        tf.fused.matMul({ a, b, bias, activation, leakyreluAlpha: 0.3 });
      check(`fused matMul ${activation}`, { shapes: [[3, 4], [4, 2], [2]], f: dense, smooth: false }, 5);
      const conv = (x: tf.Tensor, filter: tf.Tensor, bias: tf.Tensor) =>
        tf.fused.conv2d({ x: as4(x), filter: as4(filter), bias, strides: 1, pad: 'same', activation });
      if (activation !== 'leakyrelu')
        check(`fused conv2d ${activation}`, { shapes: [image, [2, 2, 4, 3], [3]], f: conv, smooth: false }, 6);
    }
  });
  test('the gradient of a mean pooling at the border is that of the mean over the cells inside', () => {
    const x = Rng.root(3).normal(25);
    const loss = (image: tf.Tensor) => tf.sum(tf.square(tf.avgPool(image as tf.Tensor4D, 3, 1, 'same')));
    const graph = trace((scope) => {
      const image = scope.placeholder('x', [1, 5, 5, 1]);
      return { loss: loss(image), dx: tf.grad(loss)(image) };
    });
    const at = (values: Float64Array) => evaluate(graph, { inputs: { x: values } }).outputs;
    const { dx } = at(Float64Array.from(x));
    x.forEach((_, i) => {
      const moved = (by: number) => at(Float64Array.from(x, (value, k) => value + (k === i ? by : 0))).loss![0]!;
      assert.ok(Math.abs((moved(1e-4) - moved(-1e-4)) / 2e-4 - dx![i]!) < 1e-6);
    });
  });
  test('nothing at all: tensors of no elements', () => {
    const empty = {
      shapes: [
        [2, 0],
        [3, 0],
      ],
      f: (a: tf.Tensor, b: tf.Tensor) => tf.concat([a, b]),
      smooth: false,
    };
    check('concat of none', empty, 1);
    check('mean of none', { shapes: [[0, 3]], f: (x) => tf.mean(x, 0) }, 1);
    const softmax = (x: tf.Tensor, w: tf.Tensor) => tf.logSoftmax(tf.matMul(x, w));
    check(
      'log-softmax of none, by the weights',
      {
        shapes: [
          [3, 2],
          [0, 3],
        ],
        f: (w, x) => softmax(x, w),
      },
      1,
    );
    const conv = (f: tf.Tensor, x: tf.Tensor) => tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same');
    check(
      'convolution of none, by the filter',
      {
        shapes: [
          [3, 3, 2, 2],
          [0, 5, 5, 2],
        ],
        f: conv,
      },
      1,
    );
    check('sum of none', { shapes: [[0, 3]], f: (x) => tf.sum(tf.relu(x), 0) }, 1);
    check(
      'product of none',
      {
        shapes: [
          [0, 3],
          [3, 2],
        ],
        f: (a, b) => tf.matMul(a as tf.Tensor2D, b as tf.Tensor2D),
      },
      1,
    );
    check(
      'concat with none',
      {
        shapes: [
          [0, 2],
          [3, 2],
        ],
        f: (a, b) => tf.concat([a, b]),
        smooth: false,
      },
      1,
    );
  });
});
