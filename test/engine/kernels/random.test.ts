import assert from 'node:assert/strict';
import test from 'node:test';
import { Rng } from '../../../src/math/rng';
import { assertNear, everyBench, everywhere, instruction } from '../../support/machines';
import { assertStandardNormal, assertUnrelated } from '../../support/normality';

const KINDS = { uniform: 0, normal: 1, normalOfWords: 2 } as const;

function draw(kind: keyof typeof KINDS, count: number, rng: Rng): Float32Array[] {
  return everywhere((bench) => {
    const out = bench.floats(new Float32Array(count + 8).fill(9));
    bench.run(instruction('random', KINDS[kind], count, bench.ints(rng.key), out));
    const found = bench.read(out, count + 8);
    assert.deepEqual(found.subarray(count), new Float32Array(8).fill(9));
    return found.slice(0, count);
  });
}

test('uniforms are those of Rng bit by bit', () => {
  for (const [count, seed] of [
    [0, 1],
    [1, 2],
    [31, 3],
    [10_007, 4],
  ] as const) {
    const rng = Rng.root(seed);
    for (const found of draw('uniform', count, rng)) assert.deepEqual(found, rng.uniform(count));
  }
});

test('normals are those of Rng to single precision', () => {
  for (const count of [1, 2, 33, 100_001]) {
    const rng = Rng.root(9).split('noise', count);
    for (const found of draw('normal', count, rng)) assertNear(found, rng.normal(count), 5e-7, 1e-9);
  }
});

test('normals of given words, down to the rarest', () => {
  const words = new Int32Array(64);
  words.set([0, 0, 1, 5, -1, 7, -2, 1 << 30, 0x80000000 | 0, 0x7fffffff, 0xb504f333 | 0, 0xb504f334 | 0]);
  const expected = new Float64Array(64);
  for (let i = 0; i < 64; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(((words[i]! >>> 0) + 0.5) / 2 ** 32));
    const angle = 2 * Math.PI * ((words[i + 1]! >>> 0) / 2 ** 32);
    expected[i] = radius * Math.cos(angle);
    expected[i + 1] = radius * Math.sin(angle);
  }
  const results = everywhere((bench) => {
    const out = bench.room(64);
    bench.run(instruction('random', KINDS.normalOfWords, 63, bench.ints(words), out));
    return bench.read(out, 63);
  });
  for (const found of results) assertNear(found, expected.subarray(0, 63), 5e-7, 1e-9);
});

test('normals are distributed as such, beyond four deviations too, and keys give unrelated streams', () => {
  const bench = everyBench()[0]!;
  const count = 4_000_000;
  const fill = (index: number) => {
    const out = bench.room(count);
    const key = bench.ints(Rng.root(5).split('test', index).key);
    bench.run(instruction('random', KINDS.normal, count, key, out));
    const drawn = bench.read(out, count);
    bench.release();
    return drawn;
  };
  const first = fill(0);
  const second = fill(1);
  assertStandardNormal(first);
  assertUnrelated(first, second, 0);
  for (const shift of [1, 2, 4]) {
    assertUnrelated(first, first, shift);
    assertUnrelated(first, second, shift);
  }
});
