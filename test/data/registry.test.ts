import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { KdlabError } from '../../src/core/errors';
import { MNIST } from '../../src/data/mnist';
import { fetchDataset, listDatasets, loadDataset, verifyDataset } from '../../src/data/registry';
import { emptyFolder, sha256 } from './fixture';

describe('the list of data sets', () => {
  test('has a line for each, and says what is to be downloaded', () => {
    const list = listDatasets();
    assert.deepEqual(
      list.map(({ name, bytes }) => [name, bytes]),
      [
        ['mnist', 9_912_422 + 28_881 + 1_648_877 + 4_542],
        ['shapes', 0],
        ['baskets', 0],
        ['adult', 3_974_305 + 2_003_153],
      ],
    );
    for (const { description } of list) assert.match(description, /^[^\n]{20,120}$/);
    assert.match(list[1]!.description, /generated.*not MNIST/i);
  });

  test('names the nearest data set for an unknown one', async () => {
    const unknown = (error: unknown) =>
      error instanceof KdlabError && /"minst"; did you mean "mnist"/.test(error.message);
    assert.throws(() => verifyDataset('minst'), unknown);
    await assert.rejects(loadDataset('minst', { download: false }), unknown);
    await assert.rejects(fetchDataset('minst'), unknown);
    assert.throws(() => verifyDataset('toString'), /unknown dataset/);
  });
});

test('verify reports for every file whether it is there and the published one', (t) => {
  const dataDir = emptyFolder(t);
  const options = { dataDir, env: { XDG_CACHE_HOME: path.join(dataDir, 'cache') } };
  const wrong = Buffer.from('not digits');
  const place = path.join(dataDir, MNIST.files.testLabels.name);
  fs.writeFileSync(place, wrong);
  const { ok, files } = verifyDataset('mnist', options);
  assert.equal(ok, false);
  assert.deepEqual(
    files.map(({ status }) => status),
    ['missing', 'missing', 'missing', 'wrong'],
  );
  assert.deepEqual(files[3], {
    file: MNIST.files.testLabels.name,
    status: 'wrong',
    path: place,
    expected: MNIST.files.testLabels.sha256,
    found: sha256(wrong),
  });
});

test('a generated data set needs no folder and no network', async (t) => {
  const env = { XDG_CACHE_HOME: emptyFolder(t) };
  assert.deepEqual(await fetchDataset('shapes', { env }), { name: 'shapes', ok: true, files: [] });
  const {
    name,
    source,
    train,
    test: tested,
  } = await loadDataset('shapes', { env, download: false, generate: { train: 20, test: 10 } });
  assert.deepEqual([name, source, train.count, tested.count], ['shapes', 'generated', 20, 10]);
  assert.deepEqual(fs.readdirSync(env.XDG_CACHE_HOME), []);
});
