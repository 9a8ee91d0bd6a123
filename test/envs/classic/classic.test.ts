import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make } from '../../../envs/registry';

/** One step from a state. */
function step(id: string, state: readonly number[], action: number | readonly number[]) {
  const env = make(id);
  env.reset({ state });
  return { ...env.step(action), state: Array.from(env.state) };
}

test('Acrobot hangs still without torque, and moves both links with it', () => {
  const still = step('Acrobot-v1', [0, 0, 0, 0], 1);
  assert.ok(still.state.every((value) => Math.abs(value) < 1e-12));
  [1, 0, 1, 0, 0, 0].forEach((value, k) => {
    assert.ok(Math.abs(still.observation[k]! - value) < 1e-12);
  });
  assert.deepEqual([still.reward, still.terminated], [-1, false]);
  const [left, right] = [step('Acrobot-v1', [0, 0, 0, 0], 0), step('Acrobot-v1', [0, 0, 0, 0], 2)];
  left.state.forEach((value, k) => {
    assert.ok(Math.abs(value + right.state[k]!) < 1e-12, 'mirrored');
  });
});

test('Acrobot ends, with reward 0, once the tip is a link above the pivot', () => {
  const above = step('Acrobot-v1', [Math.PI, 0, 0, 0], 1);
  assert.deepEqual([above.reward, above.terminated], [0, true]);
  // −cos θ1 − cos(θ1 + θ2) = 1 exactly on the line: not above it.
  assert.equal(step('Acrobot-v1', [Math.PI / 2, Math.PI / 2 - 0.2, 0, 0], 1).terminated, false);
});

test('Acrobot keeps angles within a turn and speeds within their limits', () => {
  const [angle1, angle2, spin1, spin2] = step('Acrobot-v1', [3.1, -3.1, 40, -60], 1).state;
  assert.ok(Math.abs(angle1!) <= Math.PI && Math.abs(angle2!) <= Math.PI);
  assert.ok(Math.abs(spin1!) <= 4 * Math.PI && Math.abs(spin2!) <= 9 * Math.PI);
});

test('MountainCar by hand: a push at the bottom, the wall, the speed limit, the goal', () => {
  const bottom = -Math.PI / 6;
  // cos(3x) = 0 there: only the push of 0.001 moves the car.
  const pushed = step('MountainCar-v0', [bottom, 0], 2);
  assert.ok(Math.abs(pushed.state[1]! - 0.001) < 1e-12 && Math.abs(pushed.state[0]! - bottom - 0.001) < 1e-12);
  assert.deepEqual([pushed.reward, pushed.terminated], [-1, false]);
  assert.deepEqual(step('MountainCar-v0', [-1.19, -0.06], 0).state, [-1.2, 0]);
  assert.equal(step('MountainCar-v0', [-1, 0.07], 2).state[1], 0.07);
  const there = step('MountainCar-v0', [0.49, 0.05], 2);
  assert.deepEqual([there.terminated, there.reward], [true, -1]);
});

test('MountainCarContinuous pays 100 at the goal and takes 0.1·action² for every step', () => {
  const there = step('MountainCarContinuous-v0', [0.44, 0.05], [0.5]);
  assert.ok(there.terminated && Math.abs(there.reward - (100 - 0.025)) < 1e-9);
  const onTheWay = step('MountainCarContinuous-v0', [-Math.PI / 6, 0], [-1]);
  assert.ok(Math.abs(onTheWay.reward + 0.1) < 1e-9);
  assert.ok(Math.abs(onTheWay.state[1]! + 0.0015) < 1e-8);
});

test('Pendulum costs θ² + 0.1·θ̇² + 0.001·torque² and never ends', () => {
  const hanging = step('Pendulum-v1', [Math.PI, 0], [0]);
  assert.ok(Math.abs(hanging.reward + Math.PI ** 2) < 1e-9 && !hanging.terminated);
  // A turn more is the same angle.
  assert.ok(Math.abs(step('Pendulum-v1', [2 * Math.PI + 0.5, 2], [1]).reward + (0.25 + 0.4 + 0.001)) < 1e-9);
  // θ̈ = 15·sin θ + 3·torque.
  const moved = step('Pendulum-v1', [Math.PI / 6, 1], [2]);
  assert.ok(Math.abs(moved.state[1]! - (1 + 0.05 * (7.5 + 6))) < 1e-12);
  assert.equal(step('Pendulum-v1', [Math.PI / 2, 8], [2]).state[1], 8, 'limited to 8 rad/s');
});

test("the starts that Gymnasium's options of reset give, and refusals of senseless ones", () => {
  const env = make('MountainCar-v0');
  env.reset({ seed: 1, options: { low: -0.3, high: -0.3 } });
  assert.equal(env.state[0], -0.3);
  assert.throws(() => env.reset({ seed: 1, options: { low: 1, high: 0 } }), /low <= high/);
  assert.throws(() => env.reset({ seed: 1, options: { hihg: 0 } }), /did you mean "high"/);
  const pendulum = make('Pendulum-v1');
  pendulum.reset({ seed: 1, options: { x_init: 0, y_init: 0 } });
  assert.deepEqual(Array.from(pendulum.state), [0, 0]);
});
