import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aggregates,
  performanceProfile,
  probabilityOfImprovement,
  type Scores,
  stratified,
} from '../../../envs/evaluation/aggregate';
import { Rng } from '../../../src/math/rng';

const rng = Rng.root(1);
const scores: Scores = { a: [0, 1, 2, 3], b: [0.5, 0.5, 0.5, 10] };

test('aggregates by hand', () => {
  // Of 0, ½, ½, ½, 1, 2, 3, 10 the middle four are ½, ½, 1, 2.
  assert.equal(aggregates.iqm(scores), 1);
  assert.equal(aggregates.mean(scores), (1.5 + 2.875) / 2);
  assert.equal(aggregates.median(scores), (1.5 + 2.875) / 2);
  // 1 − min(x, 1): 1, 0, 0, 0 and ½, ½, ½, 0.
  assert.equal(aggregates.optimalityGap(scores), 2.5 / 8);
});

test('every resample has every task: a task without spread adds none', () => {
  const still = stratified({ a: [1, 1, 1], b: [5, 5, 5] }, aggregates.mean, { rng });
  assert.deepEqual([still.low, still.mean, still.high], [3, 3, 3]);
  const moving = stratified(scores, aggregates.mean, { rng });
  assert.ok(moving.low < moving.mean && moving.mean < moving.high);
});

test('a stratified interval covers the truth as often as it says', () => {
  let covered = 0;
  const trials = 200;
  for (let trial = 0; trial < trials; trial++) {
    const draw = (label: string) => [...rng.split(label, trial).normal(20)];
    const { low, high } = stratified({ a: draw('a'), b: draw('b') }, aggregates.mean, { rng, resamples: 300 });
    if (low <= 0 && high >= 0) covered++;
  }
  assert.ok(covered / trials > 0.88 && covered / trials < 0.99, `${covered} of ${trials}`);
});

test('probability of improvement: Mann-Whitney by task, ties by half, complementary', () => {
  const a = { x: [1, 2], y: [3] };
  const b = { x: [1, 0], y: [4], z: [9] };
  // x: 1>1 by half, 1>0, 2>1, 2>0: 3.5 of 4; y: 0.
  assert.equal(probabilityOfImprovement(a, b, { rng }).mean, (3.5 / 4 + 0) / 2);
  assert.equal(probabilityOfImprovement(b, a, { rng }).mean, 1 - (3.5 / 4 + 0) / 2);
  assert.throws(() => probabilityOfImprovement({ x: [1] }, { y: [1] }, { rng }), RangeError);
});

test('a performance profile falls from 1 to 0', () => {
  const profile = performanceProfile(scores, [-1, 0.75, 20], { rng });
  assert.deepEqual(
    profile.map(({ mean }) => mean),
    [1, (3 / 4 + 1 / 4) / 2, 0],
  );
});
