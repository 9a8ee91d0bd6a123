import assert from 'node:assert/strict';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { KdlabError } from '../../src/core/errors';
import { loadIdxDataset } from '../../src/data/idx-dataset';
import { locate } from '../../src/data/locate';
import type { DownloadProgress } from '../../src/data/remote';
import { emptyFolder, published, TOY } from './fixture';

type Answer = (name: string, response: http.ServerResponse) => void;

/** A mirror on this machine; `asked` lists the files it was asked for. */
async function mirror(t: TestContext, answer: Answer): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = http.createServer((request, response) => {
    const name = path.posix.basename(request.url ?? '');
    asked.push(name);
    answer(name, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/files/`, asked };
}

const { served } = published();
const NAMES = [...served.keys()];
const good: Answer = (name, response) => response.end(served.get(name));
const bad: Record<string, [Answer, RegExp]> = {
  'answers 404': [(_, response) => response.writeHead(404).end('no such file'), /answered 404/],
  'answers 503': [(_, response) => response.writeHead(503).end(), /answered 503/],
  'sends another file': [(_, response) => response.end('<html>'), /SHA-256 [0-9a-f]{64}, expected/],
  'sends too much': [(_, response) => response.end(Buffer.alloc(5000)), /more than the expected/],
  'never answers': [() => undefined, /timeout/i],
  'stops in the middle': [(name, response) => response.write(served.get(name)!.subarray(0, 9)), /timeout/i],
  'breaks off': [
    (name, response) => {
      response.writeHead(200, { 'content-length': served.get(name)!.length });
      response.write(served.get(name)!.subarray(0, 9), () => response.destroy());
    },
    /closed|terminated|ECONNRESET/i,
  ],
};
const optionsFor = (folder: string) => ({
  dataDir: folder,
  env: { XDG_CACHE_HOME: path.join(folder, 'cache') },
  download: true,
  timeoutMs: 300,
});

describe('downloading', () => {
  test('stores every file whole under its name, tells the progress, and does not ask again', async (t) => {
    const root = emptyFolder(t);
    const { url, asked } = await mirror(t, good);
    const progress: DownloadProgress[] = [];
    const { dataset } = published(TOY, [url]);
    const options = { ...optionsFor(root), onProgress: (at: DownloadProgress) => progress.push(at) };
    const first = await loadIdxDataset(dataset, options);
    assert.deepEqual([...first.train.labels], [2, 0, 1]);
    assert.deepEqual(fs.readdirSync(path.join(root, 'toy')).sort(), [...NAMES].sort());
    for (const name of NAMES) {
      const last = progress.filter(({ file }) => file === name).at(-1)!;
      assert.deepEqual([last.received, last.total], [served.get(name)!.length, served.get(name)!.length]);
    }
    assert.deepEqual(asked, NAMES);
    assert.equal((await loadIdxDataset(dataset, options)).digest, first.digest);
    assert.equal(asked.length, 4);
  });

  test('asks only for what is missing', async (t) => {
    const root = emptyFolder(t);
    const { url, asked } = await mirror(t, good);
    fs.writeFileSync(path.join(root, 'testImages.gz'), served.get('testImages.gz')!);
    await locate(published(TOY, [url]).dataset, optionsFor(root));
    assert.deepEqual(
      asked,
      NAMES.filter((name) => name !== 'testImages.gz'),
    );
  });

  for (const [what, [answer, reason]] of Object.entries(bad)) {
    test(`takes the next mirror where one ${what}; where none is left, says why and leaves no file`, async (t) => {
      const root = emptyFolder(t);
      const [first, second] = [await mirror(t, answer), await mirror(t, good)];
      const alone = published(TOY, [first.url]).dataset;
      await assert.rejects(locate(alone, optionsFor(root)), (error: unknown) => {
        assert.ok(error instanceof KdlabError);
        assert.match(error.message, reason);
        for (const part of [first.url, ...NAMES, path.join(root, 'toy')])
          assert.ok(error.message.includes(part), error.message);
        return true;
      });
      assert.deepEqual(fs.readdirSync(root), []);
      const both = published(TOY, [first.url, second.url]).dataset;
      await locate(both, optionsFor(root));
      assert.deepEqual(second.asked, NAMES);
      assert.equal(first.asked.length, 2, 'a failing mirror is asked once for each call, not for each file');
    });
  }

  test('says so where nothing listens', async (t) => {
    const root = emptyFolder(t);
    const server = http.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    const { dataset } = published(TOY, [`http://127.0.0.1:${port}/`]);
    await assert.rejects(locate(dataset, optionsFor(root)), /could not be downloaded.*ECONNREFUSED/s);
  });

  test('a folder that cannot be written is named', async (t) => {
    const root = emptyFolder(t);
    const { url } = await mirror(t, good);
    fs.writeFileSync(path.join(root, 'toy'), 'a file where the folder should be');
    await assert.rejects(locate(published(TOY, [url]).dataset, optionsFor(root)), (error: unknown) => {
      assert.ok(error instanceof KdlabError);
      assert.ok(error.message.startsWith(`cannot write ${path.join(root, 'toy', NAMES[0]!)}`), error.message);
      return /--data-dir/.test(error.message);
    });
  });

  test('a full disk leaves nothing under the name of a file', async (t) => {
    const root = emptyFolder(t);
    const { url } = await mirror(t, good);
    t.mock.method(fs, 'writeSync', () => {
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    });
    await assert.rejects(locate(published(TOY, [url]).dataset, optionsFor(root)), /cannot write .*ENOSPC/);
    assert.deepEqual(fs.readdirSync(path.join(root, 'toy')), []);
  });
});
