import { createHash } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { IdxDataset } from '../../src/data/idx-dataset';
import type { RemoteFile } from '../../src/data/remote';

/** An IDX file of unsigned bytes. */
export function idx(shape: readonly number[], data: readonly number[]): Buffer {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.set([0, 0, 8, shape.length]);
  for (const [axis, length] of shape.entries()) header.writeUInt32BE(length, 4 + 4 * axis);
  return Buffer.concat([header, Buffer.from(data)]);
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

type Contents = Record<keyof IdxDataset['files'], Buffer>;

/** Three training and two test images of 2 × 2 pixels in three classes. */
export const TOY: Contents = {
  trainImages: idx([3, 2, 2], [0, 1, 2, 3, 10, 11, 12, 13, 252, 253, 254, 255]),
  trainLabels: idx([3], [2, 0, 1]),
  testImages: idx([2, 2, 2], [4, 5, 6, 7, 8, 9, 10, 11]),
  testLabels: idx([2], [1, 1]),
};

/** A published data set of those contents, and its gzipped files by name. */
export function published(
  contents: Contents = TOY,
  mirrors: readonly string[] = [],
): { dataset: IdxDataset; served: Map<string, Buffer> } {
  const served = new Map<string, Buffer>();
  const publish = (part: keyof Contents): RemoteFile => {
    const packed = gzipSync(contents[part]);
    served.set(`${part}.gz`, packed);
    return {
      name: `${part}.gz`,
      bytes: packed.length,
      sha256: sha256(packed),
      unpacked: { name: part, sha256: sha256(contents[part]) },
    };
  };
  const files = {
    trainImages: publish('trainImages'),
    trainLabels: publish('trainLabels'),
    testImages: publish('testImages'),
    testLabels: publish('testLabels'),
  };
  return { dataset: { name: 'toy', title: 'Toy', classes: 3, inputShape: [2, 2, 1], mirrors, files }, served };
}

/** An empty folder for one test. */
export function emptyFolder(t: TestContext): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-data-'));
  t.after(() => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeAll(folder: string, files: Iterable<readonly [string, Buffer]>): void {
  fs.mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of files) fs.writeFileSync(path.join(folder, name), bytes);
}
