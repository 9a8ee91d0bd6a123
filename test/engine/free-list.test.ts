import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { FreeList } from '../../src/engine/free-list';

test('places do not overlap, begin on multiples of 16, and all come back', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.nat(20)), { maxLength: 80 }), (actions) => {
      const list = new FreeList(10_000, 'the test');
      const held: { from: number; size: number }[] = [];
      for (const [size, which] of actions) {
        if (size > 60 && held.length > 0) list.free(held.splice(which % held.length, 1)[0]!.from);
        else {
          const from = list.allocate(size);
          assert.equal(from % 16, 0);
          for (const other of held) assert.ok(from + size <= other.from || other.from + other.size <= from);
          held.push({ from, size: Math.max(1, size) });
        }
      }
      for (const { from } of held) list.free(from);
      assert.equal(list.used, 0);
      assert.equal(list.end, 0);
    }),
  );
});

test('a hole is used again, and holes that meet become one', () => {
  const list = new FreeList(64, 'the test');
  const [a, b, c] = [list.allocate(16), list.allocate(16), list.allocate(16)];
  list.free(a!);
  list.free(b!);
  assert.equal(list.allocate(32), a);
  assert.equal(list.peak, 48);
  assert.throws(() => list.allocate(17), /the test is full: 48 of 64 words are used, 32 more wanted/);
  list.free(c!);
  assert.throws(() => list.free(c!), /nothing in the test begins at 32/);
});
