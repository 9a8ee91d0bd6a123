import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { make } from '../../../envs/registry';
import { accelerations, energy, torquesFor } from '../../../envs/robotics/arm';

const small = fc.double({ min: -3, max: 3, noNaN: true });

test('torques and accelerations are inverse to each other', () => {
  fc.assert(
    fc.property(small, small, small, small, small, (q2, w1, w2, a1, a2) => {
      const [torque1, torque2] = torquesFor(q2, w1, w2, a1, a2);
      const out = new Float64Array(2);
      accelerations(q2, w1, w2, torque1, torque2, out);
      assert.ok(Math.abs(out[0]! - a1) < 1e-9 && Math.abs(out[1]! - a2) < 1e-9);
    }),
  );
});

test('energy changes by the power of the torques less the friction', () => {
  fc.assert(
    fc.property(small, small, small, small, small, (q2, w1, w2, torque1, torque2) => {
      const out = new Float64Array(2);
      accelerations(q2, w1, w2, torque1, torque2, out);
      const h = 1e-6;
      const at = (dt: number) => energy(q2 + dt * w2, w1 + dt * out[0]!, w2 + dt * out[1]!);
      const rate = (at(h) - at(-h)) / (2 * h);
      const power = torque1 * w1 + torque2 * w2 - 0.1 * (w1 * w1 + w2 * w2);
      assert.ok(Math.abs(rate - power) < 1e-6 * Math.max(1, Math.abs(power)), `${rate} beside ${power}`);
    }),
  );
});

test('a stretched arm at rest: distance and effort by hand', () => {
  const env = make('TwoLinkReacher-v0');
  const { observation } = env.reset({ state: [0, 0, 0, 0, 0.5, 0] });
  assert.deepEqual(Array.from(observation), [1, 1, 0, 0, 0.5, 0, 0, 0, 0.5, 0]);
  assert.equal(env.step([0, 0]).reward, -0.5);
  const [x, effort] = [env.reset({ state: [0, 0, 0, 0, 1, 0] }), env.step([0.5, 0])];
  assert.ok(x.observation[8] === 0 && Math.abs(effort.reward + 0.025) < 0.01);
  // Pushed at the shoulder, the elbow lags behind: it turns the other way.
  assert.ok(env.state[2]! > 0 && env.state[3]! < 0);
});

test('targets are spread over the area within reach', () => {
  const env = make('TwoLinkReacher-v0');
  const radii = Array.from({ length: 400 }, (_, seed) => {
    env.reset({ seed });
    return Math.hypot(env.state[4]!, env.state[5]!);
  });
  assert.ok(radii.every((radius) => radius <= 0.9));
  const inner = radii.filter((radius) => radius < 0.45).length / 400;
  assert.ok(Math.abs(inner - 0.25) < 0.07, `${inner} within half the radius`);
});
