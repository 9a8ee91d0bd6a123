import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { Draws } from '../../src/core/draws';
import { parameter } from '../../src/core/params';
import type { Lesson } from '../../src/core/types';
import { meanEstimator } from '../../src/estimators/mean';
import { Rng } from '../../src/math/rng';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const draws = new Draws(Rng.root(0));
const lessonOf = (x: number[], mask?: number[]): Lesson => ({
  batch: { x: tf.tensor1d(x), size: x.length, ...(mask === undefined ? {} : { mask: tf.tensor1d(mask) }) },
  teachers: [],
});

test('the loss is the mean over examples and terms add up', () => {
  const w = parameter('w', [], Float32Array.of(2));
  const terms = ({ batch }: Lesson) => ({
    a: tf.mul<tf.Tensor1D>(batch.x, w),
    b: tf.ones([batch.size]) as tf.Tensor1D,
  });
  const { grads, metrics } = meanEstimator().estimate(terms, lessonOf([1, 2, 6]), { w }, draws);
  assertClose(grads.w!.dataSync(), [3]);
  assertClose(
    [metrics.loss!, metrics['loss/a']!, metrics['loss/b']!].map((m) => m.dataSync()[0]!),
    [7, 6, 1],
  );
});

test('examples under a zero mask count neither in the sum nor in the number', () => {
  const w = parameter('w', [], Float32Array.of(2));
  const terms = ({ batch }: Lesson) => ({ a: tf.mul<tf.Tensor1D>(batch.x, w) });
  const { grads, metrics } = meanEstimator().estimate(terms, lessonOf([1, 2, 6], [1, 0, 1]), { w }, draws);
  assertClose(grads.w!.dataSync(), [3.5]);
  assertClose(metrics.loss!.dataSync(), [7]);
});

test('clipping scales the gradient to the norm, and leaves a small one alone', () => {
  const params = { u: parameter('u', [], Float32Array.of(1)), v: parameter('v', [], Float32Array.of(1)) };
  const terms = ({ batch }: Lesson) => ({
    a: tf.add<tf.Tensor1D>(tf.mul(batch.x, tf.mul(params.u, 3)), tf.mul(batch.x, tf.mul(params.v, 4))),
  });
  const clipped = meanEstimator({ clipNorm: 1 }).estimate(terms, lessonOf([1]), params, draws);
  assertClose([...clipped.grads.u!.dataSync(), ...clipped.grads.v!.dataSync()], [0.6, 0.8]);
  assertClose(clipped.metrics.gradientNorm!.dataSync(), [5]);
  const small = meanEstimator({ clipNorm: 10 }).estimate(terms, lessonOf([1]), params, draws);
  assertClose([...small.grads.u!.dataSync(), ...small.grads.v!.dataSync()], [3, 4]);
});

test('a parameter that the loss does not reach gets a zero gradient', () => {
  const params = { w: parameter('w', [], Float32Array.of(1)), idle: parameter('idle', [2], new Float32Array(2)) };
  const { grads } = meanEstimator().estimate(
    ({ batch }) => ({ a: tf.mul<tf.Tensor1D>(batch.x, params.w) }),
    lessonOf([1]),
    params,
    draws,
  );
  assertClose(grads.idle!.dataSync(), [0, 0]);
});

test('a term that is not one number per example is refused', () => {
  const w = parameter('w', [], Float32Array.of(1));
  const terms = ({ batch }: Lesson) => ({ a: tf.sum(tf.mul(batch.x, w)) as tf.Tensor as tf.Tensor1D });
  assert.throws(() => meanEstimator().estimate(terms, lessonOf([1, 2]), { w }, draws), /one number per example: \[2\]/);
});
