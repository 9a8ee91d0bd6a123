import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Dynamics } from '../../../envs/dynamics';
import { regulatorGain } from '../../../envs/experts/regulator';
import { dynamicsOf } from '../../../envs/registry';

/** s' = a·s + b·u with u = −1 or 1. */
const scalar = (a: number, b: number): Dynamics => ({
  ...dynamicsOf('MountainCar-v0'),
  stateSize: 1,
  step: (states, actions) => {
    states[0]![0] = a * states[0]![0]! + b * (2 * actions[0]! - 1);
  },
});

test('the gain of a scalar system is that of its Riccati equation', () => {
  const [a, b, q, r] = [1.2, 0.5, 2, 3];
  const [gain] = regulatorGain(scalar(a, b), { at: [0], cost: [q], effort: r });
  // p = q + a²p − (abp)²/(r + b²p), the positive root.
  const half = (r - r * a * a - q * b * b) / (2 * b * b);
  const p = -half + Math.sqrt(half * half + (q * r) / (b * b));
  assert.ok(Math.abs(gain! - (a * b * p) / (r + b * b * p)) < 1e-6, `gain ${gain}`);
});
