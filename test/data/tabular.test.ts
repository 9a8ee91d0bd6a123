import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { ADULT } from '../../src/data/adult';
import { baskets } from '../../src/data/baskets';
import { loadDataset } from '../../src/data/registry';

const dataDir = process.env.KDLAB_DATA ?? path.resolve(__dirname, '../../../shared/datasets');
const skip = fs.existsSync(path.join(dataDir, 'adult', ADULT.files.train.name))
  ? false
  : 'adult.data is absent; set KDLAB_DATA';

test('Adult: the published counts, and the first record feature by feature', { skip }, async () => {
  const { train, test: tested, inputShape } = await loadDataset('adult', { dataDir, download: false });
  assert.deepEqual([train.count, tested.count, inputShape], [32_561, 16_281, [1, 105, 1]]);
  const rich = (labels: Uint8Array) => labels.reduce((sum, label) => sum + label, 0);
  // 24.08 % and 23.62 % by the published description.
  assert.deepEqual([rich(train.labels), rich(tested.labels)], [7841, 3846]);
  const first = train.images.subarray(0, 105);
  assert.equal(first[0], Math.round((255 * 39) / 100));
  // One-hot: eight categories, all known.
  assert.equal(first.filter((value) => value === 255).length, 8);
  assert.equal(first[1 + 5], 255, 'State-gov is the sixth class of worker');
  assert.equal(first[105 - 41 - 3], Math.round((255 * Math.log1p(2174)) / Math.log1p(100_000)), 'capital gain');
});

test('Adult: an unknown value is all zeros', { skip }, async () => {
  const { train } = await loadDataset('adult', { dataDir, download: false });
  const lines = fs.readFileSync(path.join(dataDir, 'adult', 'adult.data'), 'utf8').split('\n');
  const row = lines.findIndex((line) => line.split(', ')[1] === '?');
  assert.ok(train.images.subarray(row * 105 + 1, row * 105 + 9).every((value) => value === 0));
});

test('baskets: an example depends on the seed and its number only', () => {
  const few = baskets({ train: 25, test: 3 });
  const more = baskets({ train: 40, test: 5 });
  assert.deepEqual(more.train.images.subarray(0, few.train.images.length), few.train.images);
  assert.deepEqual([few.inputShape, few.classes, few.train.labels[21]], [[16, 16, 1], 20, 1]);
  assert.notEqual(baskets({ train: 25, test: 3, seed: 1 }).digest, few.digest);
  assert.ok(few.train.images.every((value) => value === 0 || value === 255));
  assert.throws(() => baskets({ train: 0 }), /baskets: train is 0/);
});
