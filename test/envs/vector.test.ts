import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { make, makeVector } from '../../envs/registry';
import type { VectorEnvironment } from '../../envs/vector';
import { KdlabError } from '../../src/core/errors';
import { decodeState, encodeState } from '../../src/core/snapshot';
import { Rng } from '../../src/math/rng';

const id = 'CartPole-v1';

function randomActions(n: number, rng: Rng, step: number): Int32Array {
  return Int32Array.from(rng.split('actions', step).uniform(n), (u) => (u < 0.5 ? 0 : 1));
}

function everything(vector: VectorEnvironment) {
  const { observations, finalObservations, rewards, terminated, truncated, episodeReturns, episodeLengths } = vector;
  const arrays = { observations, finalObservations, rewards, terminated, truncated, episodeReturns, episodeLengths };
  return structuredClone(arrays);
}

test('a vector equals single environments with the same keys, episode after episode', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 5 }), (seed, n) => {
      const rng = Rng.root(seed);
      const vector = makeVector({ id, environments: n, rng });
      const singles = Array.from({ length: n }, (_, i) => {
        const env = make(id);
        return { env, observation: env.reset({ rng: rng.split('env', i) }).observation, steps: 0 };
      });
      for (let t = 0; t < 60; t++) {
        const actions = randomActions(n, rng, t);
        vector.step(actions);
        singles.forEach((single, i) => {
          const { observation, reward, terminated, truncated } = single.env.step(actions[i]!);
          single.steps++;
          assert.equal(vector.rewards[i], reward);
          assert.equal(vector.terminated[i] === 1, terminated);
          assert.equal(vector.truncated[i] === 1, truncated);
          single.observation = observation;
          if (terminated || truncated) {
            assert.deepEqual(vector.finalObservations.slice(4 * i, 4 * i + 4), observation);
            assert.deepEqual([vector.episodeLengths[i], vector.episodeReturns[i]], [single.steps, single.steps]);
            single.observation = single.env.reset().observation;
            single.steps = 0;
          }
          assert.deepEqual(vector.observations.slice(4 * i, 4 * i + 4), single.observation);
        });
      }
    }),
    { numRuns: 20 },
  );
});

test('an environment that ends is reset in the same step, and its arrays are never replaced', () => {
  const vector = makeVector({ id, environments: 2, rng: Rng.root(1) });
  const { observations, finalObservations } = vector;
  let ends = 0;
  for (let t = 0; t < 40; t++) {
    vector.step(Int32Array.of(1, 1));
    for (let i = 0; i < 2; i++) {
      if (!vector.ended(i)) continue;
      ends++;
      assert.ok(Math.abs(finalObservations[4 * i + 2]!) > 0.2094, 'the final observation lies beyond 12°');
      assert.ok(observations.subarray(4 * i, 4 * i + 4).every((value) => Math.abs(value) <= 0.05));
    }
  }
  assert.ok(ends >= 6);
  assert.equal(vector.observations, observations);
  assert.equal(vector.finalObservations, finalObservations);
});

test('what one environment does leaves the others untouched', () => {
  const run = (first: number) => {
    const vector = makeVector({ id, environments: 2, rng: Rng.root(2) });
    for (let t = 0; t < 50; t++) vector.step(Int32Array.of(t % 3 === 0 ? first : 1, t % 2));
    return vector.observations.slice(4, 8);
  };
  assert.deepEqual(run(0), run(1));
});

test('saved, encoded and loaded in mid-episode, it continues bit by bit', () => {
  const rng = Rng.root(3);
  const original = makeVector({ id, environments: 7, rng });
  for (let t = 0; t < 33; t++) original.step(randomActions(7, rng, t));
  const copy = makeVector({ id, environments: 7, rng });
  copy.load(decodeState(encodeState(original.save())));
  assert.deepEqual(copy.observations, original.observations);
  for (let t = 33; t < 90; t++) {
    original.step(randomActions(7, rng, t));
    copy.step(randomActions(7, rng, t));
    const [a, b] = [everything(original), everything(copy)];
    for (const key of ['observations', 'rewards', 'terminated', 'truncated'] as const) assert.deepEqual(a[key], b[key]);
    for (let i = 0; i < 7; i++) if (original.ended(i)) assert.equal(a.episodeReturns[i], b.episodeReturns[i]);
  }
  assert.deepEqual(copy.save(), original.save());
});

test('a saved state is a copy: stepping on does not change it', () => {
  const vector = makeVector({ id, environments: 3, rng: Rng.root(4) });
  const saved = vector.save();
  const before = structuredClone(saved);
  vector.step(new Int32Array(3));
  assert.deepEqual(saved, before);
});

test('wrong actions, counts and states are refused', () => {
  const vector = makeVector({ id, environments: 2, rng: Rng.root(5) });
  const refused = (pattern: RegExp) => (error: unknown) => error instanceof KdlabError && pattern.test(error.message);
  assert.throws(() => vector.step(Int32Array.of(0)), refused(/1 actions for 2 environments/));
  assert.throws(() => vector.step(Int32Array.of(0, 2)), refused(/action 2 of environment 1 is outside Discrete\(2\)/));
  assert.throws(
    () => makeVector({ id, environments: 0, rng: Rng.root(0) }),
    refused(/at least 1 environment, found 0/),
  );
  const other = makeVector({ id, environments: 3, rng: Rng.root(5) });
  assert.throws(() => vector.load(other.save()), /3 × CartPole-v1, expected 2 × CartPole-v1/);
});
