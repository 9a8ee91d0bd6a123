import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { clipped } from '../../bench/dp/clipping';
import { convolution, dense } from '../../bench/dp/layers';
import { type Network, network } from '../../bench/dp/network';
import { Draws } from '../../src/core/draws';
import { crossEntropy } from '../../src/math/divergence';
import { Rng } from '../../src/math/rng';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const N = 5;
const CLASSES = 3;

function tinyMlp(): Network {
  const rng = Rng.root(1);
  return network(
    [
      { layer: dense(rng, 'dense1', [4, 6]), after: tf.relu },
      { layer: dense(rng, 'dense2', [6, CLASSES]), after: (x) => x },
    ],
    { inputShape: [4], classes: CLASSES },
  );
}

function tinyCnn(): Network {
  const rng = Rng.root(2);
  return network(
    [
      {
        layer: convolution(rng, 'conv1', { shape: [3, 3, 2, 4], stride: 2, padding: 1 }),
        after: (x) => tf.maxPool(tf.relu(x) as tf.Tensor4D, 2, 1, 'valid'),
      },
      {
        layer: convolution(rng, 'conv2', { shape: [2, 2, 4, 3], stride: 1, padding: 0 }),
        after: (x) => tf.reshape(tf.relu(x), [x.shape[0]!, -1]),
      },
      { layer: dense(rng, 'dense1', [3, CLASSES]), after: (x) => x },
    ],
    { inputShape: [6, 6, 2], classes: CLASSES },
  );
}

function batchOf({ model }: Network) {
  const size = N * model.inputShape.reduce((product, length) => product * length);
  const x = tf.tensor(Rng.root(3).normal(size), [N, ...model.inputShape]);
  return { x, y: tf.tensor1d([0, 1, 2, 1, 0], 'int32'), size: N };
}

/** The definition: one example after the other, its whole gradient, its norm, its share. */
function byExample({ model }: Network, { x, y }: ReturnType<typeof batchOf>, norm: number) {
  const sums = new Map<string, number[]>();
  const norms: number[] = [];
  for (let i = 0; i < N; i++) {
    const one = { x: tf.slice(x, i, 1), size: 1 };
    const { grads } = tf.variableGrads(
      () => tf.sum(crossEntropy(model.forward(one, { training: true }).logits, tf.slice1d(y, i, 1))),
      Object.values(model.params),
    );
    const values = Object.entries(model.params).map(
      ([name, { name: key }]) => [name, [...grads[key]!.dataSync()]] as const,
    );
    const length = Math.sqrt(values.reduce((sum, [, g]) => g.reduce((total, value) => total + value ** 2, sum), 0));
    norms.push(length);
    for (const [name, gradient] of values) {
      const sum = sums.get(name) ?? new Array<number>(gradient.length).fill(0);
      gradient.forEach((value, k) => {
        sum[k] = sum[k]! + value * Math.min(1, norm / length);
      });
      sums.set(name, sum);
    }
  }
  return { norms, means: new Map([...sums].map(([name, sum]) => [name, sum.map((value) => value / N)])) };
}

function estimate(of: Network, batch: ReturnType<typeof batchOf>, options: { norm: number; noise: number }) {
  const { grads, metrics } = clipped(of, options).estimate(
    () => ({}),
    { batch, teachers: [] },
    of.model.params,
    new Draws(Rng.root(4)),
  );
  return { grads, metrics };
}

for (const [title, make] of [
  ['dense layers', tinyMlp],
  ['convolutions', tinyCnn],
] as const)
  test(`the clipped sum of ${title} is that of a loop over examples, and keeps no tensor`, () => {
    const of = make();
    const batch = batchOf(of);
    const { norms } = byExample(of, batch, 1);
    const norm = [...norms].sort((a, b) => a - b)[2]!;
    const { means } = byExample(of, batch, norm);
    const before = tf.memory().numTensors;
    const found = tf.tidy(() =>
      Object.entries(estimate(of, batch, { norm, noise: 0 }).grads).map(([name, g]) => [name, g.dataSync()] as const),
    );
    assert.equal(tf.memory().numTensors, before);
    assert.equal(found.length, means.size);
    for (const [name, gradient] of found) assertClose(gradient, means.get(name)!, 1e-5);
  });

test('the noise has deviation σC/n and differs between parameters and draws', () => {
  const of = tinyMlp();
  const batch = batchOf(of);
  const [quiet, noisy] = [0, 1e6].map((noise) => estimate(of, batch, { norm: 0.5, noise }).grads);
  const noise = Object.keys(of.model.params).flatMap((name) => [
    ...tf
      .sub(noisy![name]!, quiet![name]!)
      .dataSync()
      .map((value) => value / ((1e6 * 0.5) / N)),
  ]);
  assert.equal(new Set(noise).size, noise.length);
  const variance = noise.reduce((sum, value) => sum + value ** 2, 0) / noise.length;
  assert.ok(variance > 0.5 && variance < 1.7, `variance ${variance} of ${noise.length} draws`);
});
