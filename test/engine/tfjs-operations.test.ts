import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { BACKEND, openMachine } from '../../src/engine/backend';
import { loadNative } from '../../src/engine/executors/native';
import { loadWasm } from '../../src/engine/executors/wasm';
import { Memory } from '../../src/engine/memory';
import { runTfjsTests } from './tfjs-tests';

/** The files of tfjs-core whose operations backend `kdlab` runs by the engine. */
const FILES = [
  'abs', 'add_n', 'arg_max', 'arg_min', 'arithmetic', 'avg_pool', 'batchnorm', 'binary_ops', 'clip_by_value', 'concat',
  'conv1d', 'conv2d', 'conv2d_separable', 'conv2d_transpose', 'cos', 'cumsum', 'depthwise_conv2d', 'elu', 'erf',
  'exp', 'expm1', 'gather', 'leaky_relu', 'log', 'log1p', 'log_softmax', 'mat_mul', 'max', 'max_pool', 'mean', 'min',
  'moments', 'neg', 'norm', 'pad', 'pool', 'prod', 'relu', 'relu6', 'rsqrt', 'selu', 'sigmoid', 'sin', 'softmax',
  'softplus', 'sqrt', 'square', 'sub', 'sum', 'tanh', 'tile', 'transpose', 'unsorted_segment_sum', 'where',
]; // biome-ignore format: a table

/** Tests that ask for what the engine does not do, by a part of their names. */
const APART = [
  // With padding tfjs divides the gradient of a mean by more cells than the mean was taken over.
  'avgPool kdlab {} gradient x=[3,3,1] f=[3,3] s=1 p=explicit',
  // tfjs takes a pooling whose result has the shape of its input for the identity, though windows lie in the padding.
  'x=[2,2,3] f=[1,1] s=2 p=1 fractional outputs default rounding',
  // The gradient is larger than the result of the convolution whose gradient it is.
  'conv2dTranspose kdlab {} input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4',
  // An error as it should be, in other words.
  'gather kdlab {} throws when index is out of bound',
  // The greatest of a window with a NaN is NaN, as elsewhere.
  'maxPool kdlab {} [x=[3,3,1] f=[2,2] s=1 ignores NaNs',
];

test('the operation tests that tfjs-core ships pass with every accelerated kernel run by the engine', async () => {
  const found = [loadNative(2), loadWasm(2)].find((loaded) => 'executor' in loaded);
  assert.ok(found !== undefined && 'executor' in found);
  openMachine(found.executor, new Memory(found.executor), { worthwhile: 0 });
  tf.env().set('IS_TEST', true);
  const outcomes = await runTfjsTests(
    BACKEND,
    FILES.map((name) => `ops/${name}_test.js`),
    APART,
  );
  const failed = [...outcomes].filter(([, { passed }]) => !passed);
  assert.deepEqual(
    failed.map(([name, { message }]) => `${name}: ${message.split('\n')[0]}`),
    [],
  );
  assert.ok(outcomes.size > 1000, `${outcomes.size} tests ran`);
});
