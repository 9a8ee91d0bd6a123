import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { KdlabError } from '../../src/core/errors';
import type { SourceContext } from '../../src/core/types';
import { disposeBatch, imageBatch } from '../../src/data/batch';
import { shapes } from '../../src/data/shapes';
import { Rng } from '../../src/math/rng';
import { minibatch } from '../../src/sources/minibatch';

const image = (images: Uint8Array, i: number) => images.subarray(i * 784, (i + 1) * 784);

describe('shapes', () => {
  test('has the wanted counts, equally many of each class, and says that it is generated', () => {
    const { name, source, inputShape, classes, train, test: tested } = shapes({ train: 50, test: 30 });
    assert.deepEqual([name, source, inputShape, classes], ['shapes', 'generated', [28, 28, 1], 10]);
    assert.deepEqual([train.count, train.images.length, train.labels.length], [50, 50 * 784, 50]);
    for (const { labels, count } of [train, tested])
      for (let label = 0; label < 10; label++)
        assert.equal(labels.filter((found) => found === label).length, count / 10);
  });

  test('an example depends on the seed and its number only', () => {
    const few = shapes({ train: 10, test: 10, seed: 5 });
    const many = shapes({ train: 40, test: 20, seed: 5 });
    assert.deepEqual(many.train.images.slice(0, 7840), few.train.images);
    assert.deepEqual(many.test.images.slice(0, 7840), few.test.images);
    assert.equal(shapes({ train: 10, test: 10, seed: 5 }).digest, few.digest);
    assert.notEqual(shapes({ train: 10, test: 10, seed: 6 }).digest, few.digest);
  });

  test('the images are those that results were recorded with', () => {
    const { digest } = shapes({ train: 10, test: 10 });
    assert.equal(digest, '476779a7fc3cb518b496f8d04c0c88be8d287066f54950e5c46d45b77d148d73');
  });

  test('no two examples are alike, in training, test or between them', () => {
    const { train, test: tested } = shapes({ train: 100, test: 100 });
    const seen = new Set(
      [train, tested].flatMap(({ images }) => Array.from({ length: 100 }, (_, i) => image(images, i).join())),
    );
    assert.equal(seen.size, 200);
  });

  test('every image shows ink on a darker ground, with soft edges', () => {
    const { train } = shapes({ train: 200, test: 1 });
    for (let i = 0; i < 200; i++) {
      const sorted = image(train.images, i).slice().sort();
      assert.ok(sorted[783]! > 100, `brightest pixel of ${i}`);
      assert.ok(sorted[392]! < 60, `median pixel of ${i}`);
      assert.ok(new Set(sorted).size > 8, `levels of ${i}`);
    }
  });

  test('refuses impossible counts and seeds', () => {
    for (const options of [{ train: 0 }, { test: -1 }, { train: 1.5 }, { seed: -1 }])
      assert.throws(
        () => shapes(options),
        (error: unknown) => error instanceof KdlabError && /^shapes: \w+ is/.test(error.message),
      );
  });
});

describe('shapes as a task', () => {
  before(async () => {
    await tf.setBackend('wasm');
  });

  const data = shapes({ train: 4000, test: 1000 });

  /** Test accuracy of a network without hidden layer, or with one, after some epochs of Adam. */
  async function accuracy(hidden: number): Promise<number> {
    const sizes = hidden === 0 ? [784, 10] : [784, hidden, 10];
    const layers = sizes.slice(1).map((size, i) => ({
      w: tf.variable(tf.tensor2d(Rng.root(i).normal(sizes[i]! * size, 0, Math.sqrt(1 / sizes[i]!)), [sizes[i]!, size])),
      b: tf.variable(tf.zeros([size])),
    }));
    const forward = (x: tf.Tensor) =>
      layers.reduce((a, { w, b }, i) => tf.add(tf.matMul(i === 0 ? a : tf.relu(a), w), b), x as tf.Tensor2D);
    const adam = tf.train.adam(0.002);
    const source = minibatch({ examples: data.train, inputShape: data.inputShape, batchSize: 50, flatten: true });
    let step = 0;
    for await (const { x, y } of source.batches({ rng: Rng.root(0) } as SourceContext)) {
      adam.minimize(() => tf.losses.softmaxCrossEntropy(tf.oneHot(y!, 10), forward(x)));
      if (++step === 10 * source.stepsPerEpoch!) break;
    }
    const every = Int32Array.from({ length: data.test.count }, (_, i) => i);
    const batch = imageBatch(data.test, every, { inputShape: data.inputShape, flatten: true });
    const right = tf.tidy(
      () =>
        tf
          .equal(tf.argMax(forward(batch.x), 1), batch.y!)
          .cast('float32')
          .mean()
          .dataSync()[0]!,
    );
    disposeBatch(batch);
    adam.dispose();
    tf.dispose(layers);
    return right;
  }

  test('a linear model learns something, a small network clearly more', async (t) => {
    const [linear, network] = [await accuracy(0), await accuracy(32)];
    t.diagnostic(`test accuracy: linear ${linear}, one hidden layer of 32 ${network}`);
    assert.ok(linear > 0.15 && linear < 0.5, `linear ${linear}`);
    assert.ok(network > linear + 0.1, `linear ${linear}, network ${network}`);
  });
});
