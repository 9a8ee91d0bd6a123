import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cartpole } from '../../../envs/cartpole';
import { steppingCartpoles } from '../../../envs/kernels/cartpole';
import { type Stepping, stepping } from '../../../envs/stepping';
import { Rng } from '../../../src/math/rng';

const ARRAYS = [
  'observations',
  'finalObservations',
  'rewards',
  'terminated',
  'truncated',
  'episodeReturns',
  'episodeLengths',
  'elapsed',
  'returns',
  'episodes',
] as const;

/** The program and the plain loops over the same keys. */
function both(n: number, seed: number): [Stepping, Stepping] {
  const keys = Array.from({ length: n }, (_, i) => Rng.root(seed).split('env', i));
  return [steppingCartpoles(keys, cartpole.maxEpisodeSteps), stepping(cartpole, keys)];
}

function assertSame([program, plain]: readonly [Stepping, Stepping], when: string): void {
  program.states.forEach((component, k) => {
    assert.deepEqual([...component], [...plain.states[k]!], `component ${k} ${when}`);
  });
  for (const name of ARRAYS) assert.deepEqual([...program[name]], [...plain[name]], `${name} ${when}`);
}

test('the program equals the plain loops in every bit, episode after episode', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 9 }), (seed, n) => {
      const pair = both(n, seed);
      assertSame(pair, 'at the start');
      for (let t = 0; t < 80; t++) {
        const actions = Int32Array.from(Rng.root(seed).split('actions', t).words(n), (word) => word & 1);
        for (const each of pair) each.step(actions);
        assertSame(pair, `after step ${t}`);
      }
    }),
    { numRuns: 20 },
  );
});

test('episodes that are held up are cut off at the limit, in both', () => {
  const pair = both(3, 1);
  let cuts = 0;
  for (let t = 0; t < 520; t++) {
    const [x, xDot, theta, thetaDot] = pair[1].states as [Float64Array, Float64Array, Float64Array, Float64Array];
    const actions = Int32Array.from(theta, (angle, i) =>
      angle + 0.5 * thetaDot[i]! + 0.02 * x[i]! + 0.1 * xDot[i]! > 0 ? 1 : 0,
    );
    for (const each of pair) each.step(actions);
    cuts += pair[0].truncated.reduce((sum, cut) => sum + cut, 0);
    if (t > 490) assertSame(pair, `after step ${t}`);
  }
  assert.equal(cuts, 3);
});

test('angles beyond the polynomials, and states that are no numbers, end as in the plain loops', () => {
  const pair = both(6, 2);
  const angles = [0.31, -2, 1e9, Number.NaN, Number.POSITIVE_INFINITY, 0.1];
  for (const { states } of pair) states[2]!.set(angles);
  for (const each of pair) each.step(new Int32Array(6));
  assertSame(pair, 'after a step');
  assert.deepEqual([...pair[0].terminated], [1, 1, 1, 1, 1, 0]);
});

test('many environments fit: the memory grows with their number', () => {
  const pair = both(3000, 3);
  for (const each of pair) each.step(new Int32Array(3000).fill(1));
  assertSame(pair, 'after a step');
});
