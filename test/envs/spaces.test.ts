import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Box, Discrete, MultiDiscrete } from '../../envs/spaces';
import { Rng } from '../../src/math/rng';

test('Discrete contains its own samples and nothing beside start … start + n − 1', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: -5, max: 5 }), fc.nat(), (n, start, seed) => {
      const space = new Discrete(n, start);
      assert.ok(space.contains(space.sample(Rng.root(seed).stream())));
      assert.ok(!space.contains(start - 1) && !space.contains(start + n));
    }),
  );
  const pair = new Discrete(2);
  assert.deepEqual([pair.contains(0), pair.contains(1), pair.contains(2)], [true, true, false]);
  assert.deepEqual([pair.contains(0.5), pair.contains(Number.NaN), pair.contains(-1)], [false, false, false]);
  assert.equal(String(pair), 'Discrete(2)');
  assert.throws(() => new Discrete(0), /n >= 1, found 0/);
});

test('Discrete samples every member about equally often', () => {
  const stream = Rng.root(3).stream();
  const space = new Discrete(3, 1);
  const counts = [0, 0, 0];
  for (let i = 0; i < 3000; i++) counts[space.sample(stream) - 1]!++;
  for (const count of counts) assert.ok(Math.abs(count - 1000) < 130, `counts ${counts}`);
});

test('Box contains its own samples, whichever sides are bounded', () => {
  const space = new Box({ low: [-1, -Infinity, 0, -Infinity], high: [1, Infinity, Infinity, 0] });
  const stream = Rng.root(1).stream();
  for (let i = 0; i < 200; i++) assert.ok(space.contains(space.sample(stream)));
});

test('Box refuses other lengths, values out of bounds and NaN', () => {
  const space = new Box({ low: -1, high: 1, shape: [2] });
  assert.ok(space.contains([-1, 1]));
  assert.ok(!space.contains([0]));
  assert.ok(!space.contains([0, 1.1]));
  assert.ok(!space.contains([Number.NaN, 0]));
});

test('a Box whose bounds cross or do not fit its shape cannot be made', () => {
  assert.throws(() => new Box({ low: [0, 2], high: [1, 1] }), /element 1 of a Box: low is 2, high is 1/);
  assert.throws(() => new Box({ low: [0], high: 1, shape: [2] }), /2 elements got 1 values of low/);
});

const counts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test('MultiDiscrete contains its own samples, and nothing with an element below or above', () => {
  fc.assert(
    fc.property(counts, fc.nat(), (sizes, seed) => {
      const space = new MultiDiscrete(sizes);
      const stream = Rng.root(seed).stream();
      const sample = space.sample(stream);
      assert.ok(space.contains(sample));
      const element = stream.integer(sizes.length);
      for (const wrong of [-1, sizes[element]!, 0.5, Number.NaN])
        assert.ok(!space.contains(Array.from(sample, (value, k) => (k === element ? wrong : value))));
      assert.ok(!space.contains([...sample, 0]));
      assert.equal(space.array(3).length, 3 * sizes.length);
    }),
  );
  assert.throws(() => new MultiDiscrete([2, 0]), /one n >= 1 for each element, found \[2, 0\]/);
  assert.equal(String(new MultiDiscrete([2, 3])), 'MultiDiscrete([2, 3])');
});

test('what a Box clips it contains, and what it contains it does not change', () => {
  const bound = fc.double({ min: -10, max: 10, noNaN: true }).map(Math.fround);
  const value = fc.double({ min: -100, max: 100, noNaN: true }).map(Math.fround);
  fc.assert(
    fc.property(fc.array(fc.tuple(bound, bound, value, value), { minLength: 1, maxLength: 4 }), (elements) => {
      const space = new Box({
        low: elements.map(([a, b]) => Math.min(a, b)),
        high: elements.map(([a, b]) => Math.max(a, b)),
      });
      const two = Float32Array.of(...elements.map(([, , v]) => v), ...elements.map(([, , , v]) => v));
      space.clip(two);
      const clipped = two.slice();
      for (const member of [two.subarray(0, space.size), two.subarray(space.size)]) assert.ok(space.contains(member));
      space.clip(two);
      assert.deepEqual(two, clipped);
    }),
  );
});
