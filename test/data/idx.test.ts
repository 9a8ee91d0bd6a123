import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { KdlabError } from '../../src/core/errors';
import { parseIdx } from '../../src/data/idx';
import { idx } from './fixture';

const FILE = '/data/some-file.gz';
const names = (problem: RegExp) => (error: unknown) =>
  error instanceof KdlabError && error.message.startsWith(FILE) && problem.test(error.message);

describe('parseIdx', () => {
  test('reads shape and elements of a plain and of a gzipped file', () => {
    const bytes = Buffer.from([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 255]);
    for (const form of [bytes, gzipSync(bytes)]) {
      const { shape, data } = parseIdx(form, FILE);
      assert.deepEqual(shape, [2, 3]);
      assert.deepEqual([...data], [1, 2, 3, 4, 5, 255]);
    }
  });

  test('names file and problem of every damage', () => {
    const whole = idx([2, 3], [1, 2, 3, 4, 5, 6]);
    const packed = gzipSync(whole);
    const patched = (at: number, value: number) => Buffer.from(whole.map((byte, i) => (i === at ? value : byte)));
    const cases: [string, Buffer, RegExp][] = [
      ['empty', Buffer.alloc(0), /ends after 0 bytes/],
      ['a web page', Buffer.from('<!doctype html>'), /starts with 3c 21 64 6f, expected 00 00 08/],
      ['floats', patched(2, 0x0d), /element type is 0d, expected 08/],
      ['no axes', patched(3, 0), /0 axes, expected 1 to 8/],
      ['too many axes', patched(3, 200), /200 axes/],
      ['half a header', whole.subarray(0, 9), /ends after 9 bytes, within the header/],
      ['one element short', whole.subarray(0, -1), /2 × 3 = 6 elements, found 5/],
      ['one element more', Buffer.concat([whole, Buffer.alloc(1)]), /2 × 3 = 6 elements, found 7/],
      ['truncated gzip', packed.subarray(0, -5), /truncated/],
      [
        'gzip with a wrong checksum',
        Buffer.from(packed.map((byte, i) => byte ^ (i === packed.length - 6 ? 1 : 0))),
        /corrupt/,
      ],
      ['gzip of too few elements', gzipSync(whole.subarray(0, -2)), /found 4/],
    ];
    for (const [what, bytes, problem] of cases) assert.throws(() => parseIdx(bytes, FILE), names(problem), what);
  });

  test('stops decompressing where the header says the data end', () => {
    const bomb = gzipSync(Buffer.concat([idx([2], []), Buffer.alloc(2 ** 24)]));
    assert.throws(() => parseIdx(bomb, FILE), names(/more than its header states/));
  });

  test('allocates nothing for sizes that a header only claims', () => {
    const claims = [[0xffffffff, 0xffffffff, 0xffffffff], [2 ** 29], [2 ** 30, 1]];
    for (const shape of claims)
      for (const bytes of [idx(shape, [1, 2, 3]), gzipSync(idx(shape, [1, 2, 3]))]) {
        const before = process.memoryUsage().arrayBuffers;
        assert.throws(() => parseIdx(bytes, FILE), names(/header states/));
        assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 24);
      }
  });

  test('a mutated file is either read whole or refused with a KdlabError', () => {
    const original = idx(
      [3, 4, 4],
      Array.from({ length: 48 }, (_, i) => i),
    );
    const mutation = fc.record({
      packed: fc.boolean(),
      cut: fc.integer({ min: 0, max: 70 }),
      flips: fc.array(fc.tuple(fc.nat(70), fc.nat(255)), { maxLength: 4 }),
      tail: fc.uint8Array({ maxLength: 3 }),
    });
    let refused = 0;
    fc.assert(
      fc.property(mutation, ({ packed, cut, flips, tail }) => {
        const bytes = Buffer.concat([(packed ? gzipSync(original) : original).subarray(0, cut), tail]);
        for (const [at, value] of flips) if (at < bytes.length) bytes[at] = value;
        try {
          const { shape, data } = parseIdx(bytes, FILE);
          assert.equal(
            data.length,
            shape.reduce((product, length) => product * length, 1),
          );
        } catch (error) {
          assert.ok(error instanceof KdlabError, String(error));
          assert.ok(error.message.includes(FILE));
          refused++;
        }
      }),
      { numRuns: 1000, seed: 1 },
    );
    assert.ok(refused > 500);
  });

  test('whatever is written is read back', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(4), { minLength: 1, maxLength: 4 }), fc.boolean(), (shape, packed) => {
        const data = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i & 255);
        const bytes = idx(shape, data);
        const read = parseIdx(packed ? gzipSync(bytes) : bytes, FILE);
        assert.deepEqual(read.shape, shape);
        assert.deepEqual([...read.data], data);
      }),
      { numRuns: 100, seed: 2 },
    );
  });
});
