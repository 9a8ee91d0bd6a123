import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Environment } from '../../../envs/environment';
import { ObservationMoments } from '../../../envs/moments';
import { make } from '../../../envs/registry';
import { normalizeObservation } from '../../../envs/wrappers/single/normalize-observation';
import { recordEpisodeStatistics } from '../../../envs/wrappers/single/record-episode-statistics';
import { decodeState, encodeState } from '../../../src/core/snapshot';

/** Pushes left and right in turn; `visit` sees every observation. */
function run(env: Environment, steps: number, visit: (observation: Float32Array) => void = () => undefined): void {
  for (let t = 0; t < steps; t++) {
    const { observation, terminated, truncated } = env.step(t % 3 === 0 ? 0 : 1);
    visit(observation);
    if (terminated || truncated) visit(env.reset().observation);
  }
}

test('the last step of an episode tells its return and length', () => {
  const env = recordEpisodeStatistics(make('CartPole-v1'), { window: 2 });
  env.reset({ seed: 1 });
  let steps = 1;
  let result = env.step(1);
  while (!result.terminated) {
    assert.ok(!('episode' in result.info));
    result = env.step(1);
    steps++;
  }
  assert.deepEqual(result.info.episode, { r: steps, l: steps });
  env.reset();
  run(env, 100);
  assert.ok(env.episodes > 2);
  assert.equal(env.returns.length, 2);
  assert.deepEqual(env.returns, env.lengths);
});

test('running moments are those of all that was seen, however it was divided', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 1, maxLength: 6 }), {
        minLength: 1,
        maxLength: 6,
      }),
      (batches) => {
        const moments = new ObservationMoments(1);
        for (const batch of batches) moments.add(Float32Array.from(batch));
        const all = batches.flat();
        const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
        const deviation = Math.sqrt(all.reduce((sum, x) => sum + (x - mean) ** 2, 0) / all.length);
        assert.ok(Math.abs(moments.mean[0]! - mean) < 1e-9);
        assert.ok(Math.abs(moments.deviation[0]! - deviation) < 1e-9);
      },
    ),
  );
});

test('observations are shown by the moments so far, and by fixed ones in evaluation', () => {
  const env = normalizeObservation(make('CartPole-v1'));
  env.reset({ seed: 2 });
  const shown: number[] = [];
  run(env, 2000, (observation) => shown.push(observation[2]!));
  const variance = shown.reduce((sum, x) => sum + x * x, 0) / shown.length;
  assert.ok(variance > 0.8 && variance < 1.2, `variance ${variance}`);

  const { mean, deviation } = env.moments;
  env.updating = false;
  run(env, 50);
  assert.deepEqual(env.moments.mean, mean);
  const { observation } = env.reset({ state: [1, 0, 0, 0] });
  assert.ok(Math.abs(observation[0]! - (1 - mean[0]!) / Math.sqrt(deviation[0]! ** 2 + 1e-8)) < 1e-5);
});

test('both continue bit by bit from what they saved', () => {
  const build = () => recordEpisodeStatistics(normalizeObservation(make('CartPole-v1')));
  const original = build();
  original.reset({ seed: 4 });
  run(original, 77);
  const copy = build();
  copy.load(decodeState(encodeState(original.save())));
  const [a, b]: number[][] = [[], []];
  run(original, 90, (observation) => a!.push(...observation));
  run(copy, 90, (observation) => b!.push(...observation));
  assert.deepEqual(a, b);
  assert.deepEqual(
    [copy.returns, copy.lengths, copy.episodes],
    [original.returns, original.lengths, original.episodes],
  );
  assert.deepEqual(copy.state, original.state);
});
