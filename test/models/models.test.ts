import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { Draws } from '../../src/core/draws';
import { restoreVariables, saveVariables } from '../../src/core/params';
import { Rng } from '../../src/math/rng';
import { cnn } from '../../src/models/cnn';
import { mlp } from '../../src/models/mlp';
import { dropout } from '../../src/models/parts/dropout';
import { orthogonal } from '../../src/models/parts/initializers';
import { useEngine } from '../support/engine';
import { assertClose, assertGradient } from '../support/numbers';

before(useEngine);

const rng = Rng.root(1);
const draws = new Draws(rng);

test('an MLP counts parameters, bytes and multiply-adds by the book', () => {
  const { cost, taps } = mlp({ id: 'm', input: 784, hidden: [1200, 1200], classes: 10, rng });
  const products = 784 * 1200 + 1200 * 1200 + 1200 * 10;
  assert.deepEqual(cost, { parameters: products + 2410, bytes: 4 * (products + 2410), multiplyAdds: products });
  assert.deepEqual(taps, ['hidden1', 'hidden2']);
});

test('an MLP computes what its weights say', () => {
  const model = mlp({ id: 'm', input: 2, hidden: [2], classes: 2, rng });
  restoreVariables(model.params, {
    'dense1/kernel': Float32Array.of(1, -1, 2, 1),
    'dense1/bias': Float32Array.of(0, 0.5),
    'dense2/kernel': Float32Array.of(1, 2, 3, 4),
    'dense2/bias': Float32Array.of(0.1, 0.2),
  });
  const { logits, taps } = model.forward({ x: tf.tensor2d([[1, 1]]), size: 1 }, { training: false });
  assertClose(taps.hidden1!.dataSync(), [3, 0.5]);
  assertClose(logits.dataSync(), [3 + 1.5 + 0.1, 6 + 2 + 0.2]);
});

test('weights depend on the key and the name of the parameter only', () => {
  const weights = (seed: number, hidden: number[]) =>
    saveVariables(mlp({ id: 'm', input: 3, hidden, classes: 2, rng: Rng.root(seed) }).params);
  assert.deepEqual(weights(1, [4]), weights(1, [4]));
  assert.notDeepEqual(weights(1, [4])['dense1/kernel'], weights(2, [4])['dense1/kernel']);
  assert.deepEqual(weights(1, [4])['dense1/kernel'], weights(1, [4, 5])['dense1/kernel']);
  const square = weights(1, [3, 3]);
  assert.notDeepEqual(square['dense1/kernel'], square['dense2/kernel']);
});

test('orthogonal weights have orthonormal columns times the gain', () => {
  const kernel = tf.tensor2d(orthogonal(rng, 'k', [6, 3], 2), [6, 3]);
  const gram = tf.matMul(kernel, kernel, true, false);
  assertClose(gram.dataSync(), tf.mul(tf.eye(3), 4).dataSync(), 1e-5);
});

test('dropout keeps the mean, drops the given share, and changes with the key', () => {
  const x = tf.ones([100, 100]) as tf.Tensor2D;
  const dropped = dropout(x, { rate: 0.3, draws });
  const zeros = dropped.dataSync().filter((v) => v === 0).length / 10_000;
  assert.ok(Math.abs(zeros - 0.3) < 0.02, `share ${zeros}`);
  assert.ok(Math.abs(tf.mean(dropped).dataSync()[0]! - 1) < 0.03);
  assert.deepEqual(dropout(x, { rate: 0.3, draws }).dataSync(), dropped.dataSync());
  assert.notDeepEqual(dropout(x, { rate: 0.3, draws: draws.split('other') }).dataSync(), dropped.dataSync());
  assert.throws(() => dropout(x, { rate: 0.3, draws: undefined }), /random draws/);
});

test('dropout acts in training only', () => {
  const model = mlp({ id: 'm', input: 8, hidden: [16], dropout: 0.5, classes: 2, rng });
  const batch = { x: tf.ones([4, 8]), size: 4 };
  const evaluate = () => model.forward(batch, { training: false }).logits.dataSync();
  assert.deepEqual(evaluate(), evaluate());
  assert.notDeepEqual(model.forward(batch, { training: true, draws }).logits.dataSync(), evaluate());
});

test('a CNN has the shapes, cost and gradients of its layers', () => {
  const model = cnn({ id: 'c', input: [6, 6, 1], filters: [2, 3], hidden: 4, classes: 2, rng });
  assert.equal(model.cost.parameters, 9 * 2 + 2 + 9 * 2 * 3 + 3 + 3 * 4 + 4 + 4 * 2 + 2);
  assert.equal(model.cost.multiplyAdds, 36 * 9 * 2 + 9 * 9 * 2 * 3 + 3 * 4 + 4 * 2);
  const batch = { x: tf.tensor(rng.split('x').normal(2 * 36), [2, 6, 6, 1]), size: 2 };
  const { logits, taps } = model.forward(batch, { training: false });
  assert.deepEqual(logits.shape, [2, 2]);
  assert.deepEqual(taps.block1!.shape, [2, 3, 3, 2]);
  const filter = model.params['conv1/kernel']!;
  const values = filter.dataSync().slice();
  assertGradient(
    (w) => {
      const loss = (kernel: tf.Tensor) => {
        const h = tf.maxPool(
          tf.relu(tf.conv2d(batch.x as tf.Tensor4D, tf.reshape<tf.Rank.R4>(kernel, [3, 3, 1, 2]), 1, 'same')),
          2,
          2,
          'valid',
        );
        return tf.mean<tf.Scalar>(tf.square(h));
      };
      return loss(w);
    },
    tf.tensor2d(values, [9, 2]),
    { step: 1e-3, tolerance: 5e-3 },
  );
  assert.throws(
    () => cnn({ id: 'c', input: [4, 4, 1], filters: [1, 1, 1], hidden: 2, classes: 2, rng }),
    /3 poolings leave nothing/,
  );
});
