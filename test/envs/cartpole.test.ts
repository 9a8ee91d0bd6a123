import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make } from '../../envs/registry';
import { goldenEpisodes } from './golden';

const golden = goldenEpisodes('CartPole-v1');
const skip = typeof golden === 'string' ? golden : false;
const episodes = typeof golden === 'string' ? [] : golden;

function close(found: ArrayLike<number>, expected: readonly number[], where: string, scale = 0) {
  expected.forEach((value, component) => {
    const error = Math.abs(found[component]! - value);
    assert.ok(error <= 1e-12 * Math.max(scale, Math.abs(value)), `${where}, component ${component}: off by ${error}`);
  });
}

test("every transition of Gymnasium's trajectories is met to 1e-12 relative", { skip }, () => {
  const env = make('CartPole-v1');
  episodes.forEach(({ initialState, actions, states, observations, rewards }, e) => {
    actions.forEach((action, t) => {
      env.reset({ state: t === 0 ? initialState : states[t - 1]! });
      const { observation, reward } = env.step(action);
      close(env.state, states[t]!, `episode ${e}, step ${t}`);
      // Float32 observations differ where the last bit of the float64 state decides the rounding.
      observations[t]!.forEach((value, k) => {
        assert.ok(Math.abs(observation[k]! - value) <= 2 ** -23 * Math.abs(value));
      });
      assert.equal(reward, rewards[t]);
    });
  });
});

/*
 * The reference took its cosine from a vector library that is off by one unit in the last place now and then; an
 * unstable pole multiplies that by e^(4 s) and more each second, so that the open loop is comparable for 2 s.
 */
test('left to itself from the first state, a trajectory stays within 1e-12 for 100 steps', { skip }, () => {
  for (const { initialState, actions, states } of episodes) {
    const env = make('CartPole-v1');
    env.reset({ state: initialState });
    actions.slice(0, 100).forEach((action, t) => {
      env.step(action);
      close(env.state, states[t]!, `step ${t}`, 1);
    });
  }
});

test('episodes end where Gymnasium ends them: by the pole, or by the limit of 500', { skip }, () => {
  const ends = episodes.map(({ initialState, actions, states, terminated, truncated }) => {
    const env = make('CartPole-v1');
    const last = actions.length - 1;
    env.reset({ state: last === 0 ? initialState : states[last - 1]! });
    const fell = env.step(actions[last]!).terminated;
    assert.equal(fell, terminated[last]);
    return [fell, truncated[last]];
  });
  assert.ok(ends.some(([fell]) => fell) && ends.some(([, cut]) => cut));
});

test('one step by hand: at rest upright, a push to the right', () => {
  const env = make('CartPole-v1');
  env.reset({ state: [0, 0, 0, 0] });
  const { observation, reward, terminated, truncated } = env.step(1);
  // temp = 10/1.1; θ̈ = −temp / (0.5·(4/3 − 0.1/1.1)); ẍ = temp − 0.05·θ̈/1.1; one Euler step of 0.02 s.
  const push = 10 / 1.1;
  const spin = -push / (0.5 * (4 / 3 - 0.1 / 1.1));
  assert.ok(Math.abs(observation[1]! - 0.02 * (push - (0.05 * spin) / 1.1)) < 1e-7);
  assert.ok(Math.abs(observation[3]! - 0.02 * spin) < 1e-7);
  assert.deepEqual([observation[0], observation[2]], [0, 0]);
  assert.deepEqual([reward, terminated, truncated], [1, false, false]);
});

test('a fall is a termination and still rewarded; the 500th step is a truncation', () => {
  const env = make('CartPole-v1');
  env.reset({ state: [2.39, 1, 0, 0] });
  const fall = env.step(1);
  assert.deepEqual([fall.terminated, fall.truncated, fall.reward], [true, false, 1]);

  let { observation } = env.reset({ seed: 1 });
  for (let t = 1; t <= 500; t++) {
    const [x, xDot, theta, thetaDot] = observation as unknown as [number, number, number, number];
    const step = env.step(theta + 0.5 * thetaDot + 0.02 * x + 0.1 * xDot > 0 ? 1 : 0);
    observation = step.observation;
    assert.equal(step.terminated, false, `balanced by hand, fell at step ${t}`);
    assert.equal(step.truncated, t === 500);
  }
});

test('first states are uniform within ±0.05', () => {
  const env = make('CartPole-v1');
  const all = Array.from({ length: 300 }, (_, seed) => Array.from(env.reset({ seed }).observation)).flat();
  assert.ok(all.every((value) => Math.abs(value) <= 0.05));
  const mean = all.reduce((sum, x) => sum + x, 0) / all.length;
  const variance = all.reduce((sum, x) => sum + x * x, 0) / all.length;
  assert.ok(Math.abs(mean) < 0.004, `mean ${mean}`);
  assert.ok(Math.abs(variance - 0.1 ** 2 / 12) < 1e-4, `variance ${variance}`);
});
