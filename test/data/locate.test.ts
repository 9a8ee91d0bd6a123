import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { KdlabError } from '../../src/core/errors';
import { dataFolders, userCache } from '../../src/data/folders';
import { loadIdxDataset } from '../../src/data/idx-dataset';
import { locate, readVerified } from '../../src/data/locate';
import { MNIST } from '../../src/data/mnist';
import { emptyFolder, idx, published, sha256, TOY, writeAll } from './fixture';

describe('data folders', () => {
  test('come in the order: named, KDLAB_DATA, user cache', () => {
    const env = { KDLAB_DATA: '/b', XDG_CACHE_HOME: '/c' };
    const cache = userCache(env);
    assert.deepEqual(dataFolders({ dataDir: '/a', env }), [path.resolve('/a'), path.resolve('/b'), cache]);
    assert.deepEqual(dataFolders({ env: { ...env, KDLAB_DATA: '' } }), [cache]);
    assert.deepEqual(dataFolders({ dataDir: '/b', env }), [path.resolve('/b'), cache]);
  });

  test('the user cache follows the XDG specification, and LOCALAPPDATA on Windows', () => {
    assert.equal(userCache({ XDG_CACHE_HOME: '/c' }, 'linux'), '/c/kdlab/datasets');
    assert.equal(userCache({}, 'linux'), `${os.homedir()}/.cache/kdlab/datasets`);
    assert.equal(userCache({ XDG_CACHE_HOME: 'relative' }, 'darwin'), `${os.homedir()}/.cache/kdlab/datasets`);
    assert.equal(userCache({ LOCALAPPDATA: 'C:\\Local' }, 'win32'), 'C:\\Local\\kdlab\\datasets');
  });
});

describe('locate', () => {
  test('looks in <folder>/<dataset> and in <folder>, packed and unpacked, and takes the first', async (t) => {
    const root = emptyFolder(t);
    const { dataset, served } = published();
    const env = { KDLAB_DATA: path.join(root, 'data'), XDG_CACHE_HOME: root };
    const options = { dataDir: path.join(root, 'named'), env, download: false };
    const cache = path.join(userCache(env), 'toy');
    writeAll(cache, served);
    assert.equal((await locate(dataset, options)).testLabels.path, path.join(cache, 'testLabels.gz'));
    writeAll(path.join(root, 'data'), [['testLabels', TOY.testLabels]]);
    const unpacked = await locate(dataset, options);
    assert.equal(unpacked.testLabels.path, path.join(root, 'data', 'testLabels'));
    assert.equal(unpacked.trainLabels.path, path.join(cache, 'trainLabels.gz'));
    assert.deepEqual([...readVerified(unpacked.testLabels).subarray(-2)], [1, 1]);
    writeAll(path.join(root, 'named', 'toy'), [['testLabels.gz', served.get('testLabels.gz')!]]);
    assert.equal((await locate(dataset, options)).testLabels.path, path.join(root, 'named', 'toy', 'testLabels.gz'));
  });

  test('says addresses, four file names and the folder where the data are absent', async (t) => {
    const root = emptyFolder(t);
    const options = { dataDir: root, env: { XDG_CACHE_HOME: path.join(root, 'cache') }, download: false };
    await assert.rejects(locate(MNIST, options), (error: unknown) => {
      assert.ok(error instanceof KdlabError);
      for (const part of [
        'https://storage.googleapis.com/cvdf-datasets/mnist/',
        'train-images-idx3-ubyte.gz',
        'train-labels-idx1-ubyte.gz',
        't10k-images-idx3-ubyte.gz',
        't10k-labels-idx1-ubyte.gz',
        path.join(root, 'mnist'),
        '--data-dir',
        'KDLAB_DATA',
        'kdlab datasets fetch mnist',
      ])
        assert.ok(error.message.includes(part), `${part} in ${error.message}`);
      return true;
    });
    assert.deepEqual(fs.readdirSync(root), []);
  });

  test('does not take a pipe for a file', { skip: process.platform === 'win32' && 'needs mkfifo' }, async (t) => {
    const root = emptyFolder(t);
    const { dataset, served } = published();
    writeAll(root, served);
    fs.rmSync(path.join(root, 'testLabels.gz'));
    execFileSync('mkfifo', [path.join(root, 'testLabels.gz')]);
    const env = { XDG_CACHE_HOME: path.join(root, 'cache') };
    await assert.rejects(locate(dataset, { dataDir: root, env, download: false }), /not on this machine/);
  });
});

describe('loading', () => {
  const load = (dataDir: string, { dataset } = published()) =>
    loadIdxDataset(dataset, { dataDir, env: { XDG_CACHE_HOME: path.join(dataDir, 'cache') }, download: false });

  test('gives images, labels, counts and where they came from', async (t) => {
    const root = emptyFolder(t);
    writeAll(root, published().served);
    const { name, source, classes, inputShape, train, test: tested } = await load(root);
    assert.deepEqual(
      { name, source, classes, inputShape },
      { name: 'toy', source: root, classes: 3, inputShape: [2, 2, 1] },
    );
    assert.deepEqual([...train.images], [0, 1, 2, 3, 10, 11, 12, 13, 252, 253, 254, 255]);
    assert.deepEqual([...train.labels], [2, 0, 1]);
    assert.deepEqual([train.count, tested.count], [3, 2]);
  });

  test('the digest tells the content, not how it is stored', async (t) => {
    const [packed, unpacked, other] = [emptyFolder(t), emptyFolder(t), emptyFolder(t)];
    writeAll(packed, published().served);
    writeAll(unpacked, Object.entries(TOY));
    const changed = { ...TOY, testLabels: Buffer.from(TOY.testLabels.map((byte, i) => (i === 8 ? 0 : byte))) };
    writeAll(other, published(changed).served);
    const { digest } = await load(packed);
    assert.match(digest, /^[0-9a-f]{64}$/);
    assert.equal((await load(unpacked)).digest, digest);
    assert.notEqual((await load(other, published(changed))).digest, digest);
  });

  test('a file with one wrong bit, or cut short, is named with both hashes', async (t) => {
    const root = emptyFolder(t);
    const { dataset, served } = published();
    const right = served.get('trainImages.gz')!;
    const file = path.join(root, 'trainImages.gz');
    for (const wrong of [
      Buffer.from(right.map((byte, i) => (i === 20 ? byte ^ 1 : byte))),
      right.subarray(0, 10),
      Buffer.alloc(0),
    ]) {
      writeAll(root, served);
      fs.writeFileSync(file, wrong);
      await assert.rejects(load(root), (error: unknown) => {
        assert.ok(error instanceof KdlabError);
        for (const part of [
          file,
          `${wrong.length} bytes`,
          sha256(wrong),
          dataset.files.trainImages.sha256,
          'Delete it',
        ])
          assert.ok(error.message.includes(part), error.message);
        return true;
      });
    }
  });

  test('files that do not fit each other are named', async (t) => {
    const cases = [
      [{ ...TOY, trainLabels: idx([2], [0, 1]) }, /trainImages\.gz.* 3 images, but .*trainLabels\.gz holds 2 labels/],
      [{ ...TOY, trainLabels: idx([3], [0, 1, 3]) }, /trainLabels\.gz.* the label 3, expected 0 to 2/],
      [
        { ...TOY, testImages: idx([2, 1, 4], [4, 5, 6, 7, 8, 9, 10, 11]) },
        /testImages\.gz.*\[2,1,4\], expected \[n,2,2\]/,
      ],
      [{ ...TOY, testLabels: TOY.testImages }, /testLabels\.gz.*\[2,2,2\], expected \[n\]/],
    ] as const;
    for (const [contents, problem] of cases) {
      const root = emptyFolder(t);
      writeAll(root, published(contents).served);
      await assert.rejects(load(root, published(contents)), problem);
    }
  });
});
