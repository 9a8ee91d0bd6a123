import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeState, encodeState } from '../../src/core/snapshot';
import type { State } from '../../src/core/state';

const leaf = fc.oneof(
  fc.float32Array(),
  fc.float64Array(),
  fc.int32Array(),
  fc.uint32Array(),
  fc.uint8Array(),
  fc.string(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const key = fc
  .string({ minLength: 1, maxLength: 6 })
  .filter((k) => !['__proto__', '__metadata__', '$array'].includes(k) && !k.includes('/'));
const state = fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf, { noNullPrototype: true })), {
  noNullPrototype: true,
});

test('what is encoded is decoded, bit for bit', () => {
  fc.assert(
    fc.property(state, (value) => {
      const back = decodeState(encodeState(value as State));
      // JSON knows no −0 outside arrays.
      const plain = (v: unknown): unknown => (v === 0 ? 0 : v);
      for (const [name, item] of Object.entries(value)) assert.deepEqual(plain(back[name]), plain(item), name);
    }),
  );
});

test('the file is safetensors: header length, JSON with dtype, shape and offsets, aligned data', () => {
  const buffer = encodeState({ w: Float32Array.of(1, 2, 3, 4, 5, 6) }, { w: [2, 3] });
  const length = Number(buffer.readBigUInt64LE(0));
  const header = JSON.parse(buffer.toString('utf8', 8, 8 + length));
  assert.deepEqual(header.w, { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] });
  assert.equal((8 + length) % 8, 0);
  assert.equal(buffer.readFloatLE(8 + length + 8), 3);
});

test('every truncation and every flipped byte is noticed', () => {
  const buffer = encodeState({ step: 3, w: Float32Array.of(1, 2, 3) });
  for (let length = 0; length < buffer.length; length++) assert.throws(() => decodeState(buffer.subarray(0, length)));
  for (let i = buffer.length - 12; i < buffer.length; i++) {
    const damaged = Buffer.from(buffer);
    damaged[i] = damaged[i]! ^ 1;
    assert.throws(() => decodeState(damaged), /SHA-256/);
  }
});

test('a non-finite number outside an array is refused by its path', () => {
  assert.throws(() => encodeState({ a: { b: Number.NaN } }), /"a\/b" is NaN/);
});
