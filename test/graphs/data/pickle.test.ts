import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { PICKLE_LIMITS, unpickle } from '../../../graphs/data/pickle/machine';
import { PickledArray, PickledMatrix } from '../../../graphs/data/pickle/objects';
import { OPCODES } from '../../../graphs/data/pickle/opcodes';
import { KdlabError } from '../../../src/core/errors';
import { realData, unlessReal } from '../../data/real-data';
import { adjacencyLists, array, bytes, csr, global, tuple, uint, whole } from './pickles';

const read = (pickle: Buffer, limits = PICKLE_LIMITS) => unpickle(pickle, 'file', limits);
const refused = (pickle: Buffer, message: RegExp, limits = PICKLE_LIMITS) =>
  assert.throws(
    () => read(pickle, limits),
    (error) => error instanceof KdlabError && message.test(error.message) && error.message.startsWith('file '),
  );

test('an array is its shape and its elements', () => {
  const value = read(whole(array([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6.5))));
  assert.ok(value instanceof PickledArray);
  assert.deepEqual(value.shape, [2, 3]);
  assert.deepEqual([...value.values], [1, 2, 3, 4, 5, 6.5]);
});

test('a sparse matrix is its parts', () => {
  const value = read(whole(csr([[0, 2], [0, 0], [3, 0]]))); // biome-ignore format: rows
  assert.ok(value instanceof PickledMatrix);
  const part = (name: string) => [...(value.state.get(name) as PickledArray).values];
  assert.deepEqual(
    [part('indptr'), part('indices'), part('data')],
    [
      [0, 1, 1, 2],
      [1, 0],
      [2, 3],
    ],
  );
});

test('adjacency lists round trip, whatever they hold', () => {
  const lists = fc.array(fc.array(fc.nat(100_000), { maxLength: 5 }), { maxLength: 20 });
  fc.assert(
    fc.property(lists, (expected) => {
      assert.deepEqual(read(whole(adjacencyLists(expected))), new Map(expected.entries()));
    }),
    { numRuns: 50 },
  );
});

test('there are 28 opcodes', () => assert.equal(Object.keys(OPCODES).length, 28));

test('what would execute code is refused by its name', () => {
  const argument = tuple(bytes(Buffer.from('true')));
  refused(whole(global('posix', 'system'), argument, Buffer.from([0x52])), /global "posix system" is refused/);
  refused(whole(global('numpy', 'load')), /global "numpy load" is refused/);
  refused(whole(Buffer.from([0x93])), /opcode STACK_GLOBAL \(0x93\) is refused/);
  refused(whole(Buffer.from('ios\nsystem\n')), /opcode INST/);
  refused(whole(Buffer.from([0xff])), /unknown opcode 0xff/);
  // Even an allowed global can be called in no other way than arrays are made.
  refused(whole(global('numpy', 'ndarray'), argument, Buffer.from([0x52])), /a call of numpy ndarray/);
  refused(whole(global('numpy', 'ndarray'), tuple(), Buffer.from([0x81])), /a new numpy ndarray/);
});

test('sizes are compared with what is there', () => {
  refused(whole(Buffer.from([0x54, 255, 255, 255, 127])), /2147483647 bytes are announced/);
  refused(whole(Buffer.from([0x54, 255, 255, 255, 255])), /-1 bytes are announced/);
  const lying = whole(array([3], Int32Array.of(1, 2, 3)));
  lying[lying.indexOf(Buffer.concat([uint(3), Buffer.from([0x85])])) + 1] = 200;
  refused(lying, /shape 200 and type i4 with 12 bytes, expected 800/);
});

test('a pickle is whole and alone', () => {
  refused(Buffer.from([0x80, 3, 0x2e]), /protocol 2/);
  refused(Buffer.alloc(0), /protocol 2/);
  refused(whole(), /was not put there/);
  refused(whole(uint(1), uint(2)), /left over/);
  refused(Buffer.concat([whole(uint(1)), Buffer.from([0])]), /1 bytes follow/);
  refused(whole(Buffer.from([0x68, 7])), /value 7 is fetched that was not remembered/);
});

test('values, containers, marks and bytes are bounded', () => {
  const limits = { values: 10, containers: 5, depth: 3, arrayBytes: 1000 };
  refused(whole(...Array.from({ length: 11 }, () => uint(1))), /more than 10 values/, limits);
  refused(whole(Buffer.alloc(6, 0x5d)), /more than 5 lists/, limits);
  refused(whole(Buffer.alloc(4, 0x28)), /more than 3 marks/, limits);
  refused(whole(bytes(Buffer.alloc(2000))), /more than 1000 bytes/, limits);
});

/** Some bytes replaced, a piece cut out or doubled. */
const mutation = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), to: fc.nat(255) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), to: fc.nat(40) }),
  fc.record({ kind: fc.constant('double' as const), at: fc.double({ min: 0, max: 1, noNaN: true }), to: fc.nat(40) }),
);

function mutated(pickle: Buffer, { kind, at, to }: { kind: string; at: number; to: number }): Buffer {
  const place = Math.floor(at * (pickle.length - 1));
  const [before, after] = [pickle.subarray(0, place), pickle.subarray(place)];
  if (kind === 'set') return Buffer.concat([before, Buffer.from([to]), after.subarray(1)]);
  if (kind === 'cut') return Buffer.concat([before, after.subarray(to)]);
  return Buffer.concat([before, after.subarray(0, to), after]);
}

/** A mutated file gives a value or a KdlabError, and nothing else. */
function survives(pickle: Buffer, runs: number): void {
  fc.assert(
    fc.property(fc.array(mutation, { minLength: 1, maxLength: 4 }), (mutations) => {
      try {
        read(mutations.reduce(mutated, pickle));
      } catch (error) {
        if (!(error instanceof KdlabError)) throw error;
      }
    }),
    { numRuns: runs },
  );
}

test('mutated pickles are read or refused', () => {
  survives(whole(csr([[1, 0, 2], [0, 0, 3]])), 4000); // biome-ignore format: rows
  survives(whole(adjacencyLists([[1, 2], [0], [], [0, 300]])), 4000);
});

test('random bytes are read or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (content) => {
      try {
        read(Buffer.concat([Buffer.from([0x80, 2]), content]));
      } catch (error) {
        if (!(error instanceof KdlabError)) throw error;
      }
    }),
    { numRuns: 2000 },
  );
});

const CORA_X = 'planetoid/ind.cora.x';
test('a mutated file of Cora is read or refused', { skip: unlessReal(CORA_X) }, () => {
  survives(fs.readFileSync(path.join(realData(CORA_X)!, CORA_X)), 500);
});
