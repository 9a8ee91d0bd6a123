import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Environment } from '../../../envs/environment';
import { type EnvironmentSpec, make, makeVector } from '../../../envs/registry';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';

type Wrappers = Extract<EnvironmentSpec, object>['wrappers'];
const within = (id: string, wrappers: unknown): Environment =>
  make({ id, wrappers: wrappers as NonNullable<Wrappers> });
const refused = (pattern: RegExp) => (error: unknown) => error instanceof KdlabError && pattern.test(error.message);

/** A walk along a line without slipping: the state tells which actions were taken. */
const line = { id: 'GridWorld-Empty-5x5-v0', options: { map: ['S......................G'] } } as const;
const [STAY, RIGHT] = [0, 1];
const walk = (wrappers: unknown) => make({ ...line, wrappers: wrappers as NonNullable<Wrappers> });
const at = (env: Environment) => env.state[0]!;

test('time-limit truncates at its limit, and CartPole keeps its program', () => {
  const env = within('Pendulum-v1', [{ 'time-limit': { maxEpisodeSteps: 3 } }]);
  env.reset({ seed: 1 });
  assert.deepEqual(
    [1, 2, 3].map(() => env.step([0]).truncated),
    [false, false, true],
  );
  const id: EnvironmentSpec = { id: 'CartPole-v1', wrappers: [{ 'time-limit': { maxEpisodeSteps: 5 } }] };
  const vector = makeVector({ id, environments: 2, rng: Rng.root(1) });
  for (let t = 1; t <= 5; t++) {
    vector.step(Int32Array.of(0, 1));
    assert.deepEqual([...vector.truncated], t === 5 ? [1, 1] : [0, 0]);
  }
});

test('sticky-actions always, never and with their probability repeat; the first action is always taken', () => {
  const ends = [0, 1].map((probability) => {
    const env = walk([{ 'sticky-actions': { probability } }]);
    env.reset({ seed: 1 });
    for (const action of [RIGHT, STAY, STAY, STAY]) env.step(action);
    return at(env);
  });
  assert.deepEqual(ends, [1, 4]);

  let repeated = 0;
  const env = walk([{ 'sticky-actions': { probability: 0.25 } }]);
  for (let seed = 0; seed < 2000; seed++) {
    env.reset({ seed });
    env.step(RIGHT);
    env.step(STAY);
    repeated += at(env) === 2 ? 1 : 0;
  }
  // Three standard deviations of a share of 2000.
  assert.ok(Math.abs(repeated / 2000 - 0.25) < 0.03, `${repeated} of 2000`);
});

test('action-repeat adds rewards, stops at the end of the episode and counts decisions', () => {
  const env = walk([{ 'action-repeat': { times: 3 } }]);
  env.reset({ seed: 1 });
  assert.ok(Math.abs(env.step(RIGHT).reward + 0.03) < 1e-12);
  assert.equal(at(env), 3);
  // 23 fields to the goal: the eighth decision needs only two steps.
  for (let t = 0; t < 6; t++) env.step(RIGHT);
  const last = env.step(RIGHT);
  assert.ok(last.terminated && Math.abs(last.reward - (1 - 0.01)) < 1e-12);
  assert.equal(at(env), 23);
  assert.equal(env.maxEpisodeSteps, 32);
});

test('reward-scale multiplies and adds, and the threshold follows a factor', () => {
  const env = within('CartPole-v1', [{ 'reward-scale': { scale: 0.1 } }]);
  env.reset({ seed: 1 });
  assert.ok(Math.abs(env.step(0).reward - 0.1) < 1e-12);
  assert.equal(env.rewardThreshold, 47.5);
  const moved = within('CartPole-v1', [{ 'reward-scale': { scale: 2, offset: -1 } }]);
  moved.reset({ seed: 1 });
  assert.equal(moved.step(0).reward, 1);
  assert.equal(moved.rewardThreshold, undefined);
});

test('frame-stack shows the latest observations, oldest first, the first one repeated', () => {
  const plain = make('Pendulum-v1');
  const seen = [Array.from(plain.reset({ seed: 3 }).observation)];
  for (const torque of [1, -1, 2]) seen.push(Array.from(plain.step([torque]).observation));
  const [a, b, c, d] = seen as [number[], number[], number[], number[]];

  const env = within('Pendulum-v1', [{ 'frame-stack': { frames: 3 } }]);
  assert.deepEqual(env.observationSpace.shape, [9]);
  const shown = [Array.from(env.reset({ seed: 3 }).observation)];
  for (const torque of [1, -1, 2]) shown.push(Array.from(env.step([torque]).observation));
  assert.deepEqual(shown, [
    [...a, ...a, ...a],
    [...a, ...a, ...b],
    [...a, ...b, ...c],
    [...b, ...c, ...d],
  ]);
});

test('frames of a board lie along the channels, or along a new first axis', () => {
  const channels = within('MinAtar/Breakout-v1', [{ 'frame-stack': { frames: 2 } }]);
  const frames = within('MinAtar/Breakout-v1', [{ 'frame-stack': { frames: 2, axis: 'first' } }]);
  assert.deepEqual(channels.observationSpace.shape, [10, 10, 8]);
  assert.deepEqual(frames.observationSpace.shape, [2, 10, 10, 4]);
  const plain = make('MinAtar/Breakout-v1');
  const before = plain.reset({ seed: 2 }).observation;
  const now = plain.step(1).observation;
  channels.reset({ seed: 2 });
  frames.reset({ seed: 2 });
  const last = channels.step(1).observation;
  assert.deepEqual(frames.step(1).observation, Float32Array.of(...before, ...now));
  for (let cell = 0; cell < 100; cell++)
    assert.deepEqual(
      [...last.subarray(8 * cell, 8 * cell + 8)],
      [...before.subarray(4 * cell, 4 * cell + 4), ...now.subarray(4 * cell, 4 * cell + 4)],
    );
});

test('action-noise replaces discrete actions by chance, and adds to continuous ones within their bounds', () => {
  let strays = 0;
  const env = walk([{ 'action-noise': { probability: 0.4 } }]);
  for (let seed = 0; seed < 2000; seed++) {
    env.reset({ seed });
    env.step(RIGHT);
    strays += at(env) === 1 ? 0 : 1;
  }
  // One random action of four is the one meant.
  assert.ok(Math.abs(strays / 2000 - 0.3) < 0.031, `${strays} of 2000`);

  const torques = Array.from({ length: 1000 }, (_, seed) => {
    const noisy = within('Pendulum-v1', [{ 'action-noise': { deviation: 0.25 } }]);
    noisy.reset({ seed, state: [0, 0] });
    noisy.step([1.9]);
    return noisy.state[1]! / 0.15;
  });
  // A deviation of 0.25 · 2 N·m about 1.9 N·m, of which what is above 2 is cut off.
  assert.ok(torques.every((torque) => torque <= 2 + 1e-9));
  const share = torques.filter((torque) => torque > 2 - 1e-9).length / 1000;
  assert.ok(Math.abs(share - 0.4207) < 0.05, `${share} clipped`);
});

test('observation-shift is affine, observation-noise has its deviation', () => {
  const plain = make('Pendulum-v1').reset({ seed: 5 }).observation;
  const shifted = within('Pendulum-v1', [{ 'observation-shift': { shift: [0.5, 0, -1], scale: 2 } }]);
  assert.deepEqual(
    Array.from(shifted.reset({ seed: 5 }).observation),
    [0.5, 0, -1].map((shift, k) => Math.fround(2 * plain[k]! + shift)),
  );
  assert.throws(
    () => within('Pendulum-v1', [{ 'observation-shift': { shift: [1] } }]),
    refused(/observations of 3 elements, found 1/),
  );
  const noisy = within('Pendulum-v1', [{ 'observation-noise': { deviation: 0.2 } }]);
  const errors = Array.from({ length: 1000 }, (_, seed) => {
    const { observation } = noisy.reset({ seed });
    return [observation[0]! - Math.cos(noisy.state[0]!), observation[2]! - noisy.state[1]!];
  }).flat();
  const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / errors.length);
  assert.ok(Math.abs(deviation - 0.2) < 0.01, `deviation ${deviation}`);
});

test('discrete-actions number the values of every component, rescale-action maps bounds onto bounds', () => {
  for (const [action, torque] of [-2, -1, 0, 1, 2].entries()) {
    const env = within('Pendulum-v1', [{ 'discrete-actions': { values: 5 } }]);
    env.reset({ state: [0, 0] });
    env.step(action);
    assert.ok(Math.abs(env.state[1]! - 0.15 * torque) < 1e-12);
  }
  const env = within('Pendulum-v1', ['rescale-action']);
  env.reset({ state: [0, 0] });
  env.step([0.5]);
  assert.ok(Math.abs(env.state[1]! - 0.15) < 1e-12);
  assert.throws(() => within('CartPole-v1', ['discrete-actions']), refused(/actions Discrete\(2\); expected a Box/));
});

test('flatten-observation keeps the numbers and drops the shape', () => {
  const flat = within('MinAtar/Breakout-v1', ['flatten-observation']);
  assert.deepEqual(flat.observationSpace.shape, [400]);
  assert.deepEqual(flat.reset({ seed: 1 }), make('MinAtar/Breakout-v1').reset({ seed: 1 }));
});

test('normalize-observation takes given moments, or those of a random policy', () => {
  const given = within('Pendulum-v1', [{ 'normalize-observation': { mean: [0, 0, 1], deviation: [1, 2, 0.001] } }]);
  given.reset({ state: [Math.PI / 2, 2] });
  const { observation } = given.reset({ state: [Math.PI / 2, 2] });
  assert.ok(Math.abs(observation[1]! - 0.5) < 1e-6);
  assert.equal(observation[2], 10, 'clipped');
  assert.throws(
    () => within('Pendulum-v1', [{ 'normalize-observation': { mean: [0, 0, 0] } }]),
    refused(/give mean and deviation, or neither/),
  );

  const measured = within('MountainCar-v0', ['normalize-observation']);
  const seen: number[] = [];
  const actions = Rng.root(7).stream();
  measured.reset({ seed: 9 });
  for (let t = 0; t < 4000; t++) {
    const step = measured.step(measured.actionSpace.sample(actions) as number);
    seen.push(step.observation[0]!);
    if (step.truncated || step.terminated) measured.reset();
  }
  const mean = seen.reduce((sum, x) => sum + x, 0) / seen.length;
  const variance = seen.reduce((sum, x) => sum + (x - mean) ** 2, 0) / seen.length;
  assert.ok(Math.abs(mean) < 0.3 && Math.abs(variance - 1) < 0.3, `mean ${mean}, variance ${variance}`);
});
