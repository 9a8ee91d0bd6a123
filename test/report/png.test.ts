import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, inflateSync } from 'node:zlib';
import { png } from '../../src/report/png';

test('a PNG holds its pixels: signature, size, a filter byte before each row, checksums', () => {
  const pixels = Uint8Array.from({ length: 18 }, (_, i) => i * 10);
  const file = png(pixels, 3, 2, 3);
  assert.equal(file.subarray(0, 8).toString('hex'), '89504e470d0a1a0a');
  const chunks = new Map<string, Buffer>();
  for (let at = 8; at < file.length; ) {
    const length = file.readUInt32BE(at);
    chunks.set(file.toString('latin1', at + 4, at + 8), file.subarray(at + 8, at + 8 + length));
    assert.equal(file.readUInt32BE(at + 8 + length), crc32(file.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
  assert.deepEqual([...chunks.keys()], ['IHDR', 'IDAT', 'IEND']);
  const header = chunks.get('IHDR')!;
  assert.deepEqual([header.readUInt32BE(0), header.readUInt32BE(4), header[8], header[9]], [3, 2, 8, 2]);
  assert.deepEqual([...inflateSync(chunks.get('IDAT')!)], [0, ...pixels.subarray(0, 9), 0, ...pixels.subarray(9)]);
});
