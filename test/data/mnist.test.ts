import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadMnist } from '../../src/data/mnist';
import { verifyDataset } from '../../src/data/registry';
import { realData, unlessReal } from './real-data';

const FILE = 'mnist/train-images-idx3-ubyte.gz';

test('the published MNIST files are read as published', { skip: unlessReal(FILE) }, async () => {
  const dataDir = realData(FILE)!;
  assert.ok(verifyDataset('mnist', { dataDir }).ok);
  const { digest, inputShape, classes, train, test: tested } = await loadMnist({ dataDir, download: false });
  assert.equal(digest, '217d63651f1928ddd1b9419b44261f8ba6efe6baf701705a84770153cc1c441c');
  assert.deepEqual([inputShape, classes, train.count, tested.count], [[28, 28, 1], 10, 60_000, 10_000]);
  assert.deepEqual([...train.labels.subarray(0, 10)], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
  const perDigit = (labels: Uint8Array) =>
    Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length);
  assert.deepEqual(perDigit(train.labels), [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
  assert.deepEqual(perDigit(tested.labels), [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
  // The mean of all training pixels is commonly given as 0.1307.
  const mean = train.images.reduce((sum, pixel) => sum + pixel, 0) / train.images.length / 255;
  assert.ok(Math.abs(mean - 0.1307) < 5e-5, String(mean));
});
