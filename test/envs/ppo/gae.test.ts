import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gae, type Trajectories } from '../../../envs/ppo/gae';

const one = (parts: Partial<Trajectories>): Trajectories => ({
  environments: 1,
  rewards: [1, 1, 1],
  values: [2, 3, 4],
  nextValues: [3, 4, 5],
  terminated: [0, 0, 0],
  truncated: [0, 0, 0],
  ...parts,
});
const half = { gamma: 0.5, lambda: 0.5 };

test('by hand: γ = λ = ½, a rollout cut short by its own end', () => {
  // δ = 1 + ½·next − V: 0.5, 0, −0.5; A₂ = −0.5, A₁ = 0 + ¼·A₂, A₀ = 0.5 + ¼·A₁.
  const { advantages, returns } = gae(one({}), half);
  assert.deepEqual([...advantages], [0.46875, -0.125, -0.5]);
  assert.deepEqual([...returns], [2.46875, 2.875, 3.5]);
});

test('a termination has no value beyond it and cuts the recursion', () => {
  // δ₁ = 1 + 0 − 3 = −2; A₀ = 0.5 + ¼·(−2); A₂ belongs to the next episode.
  assert.deepEqual([...gae(one({ terminated: [0, 1, 0] }), half).advantages], [0, -2, -0.5]);
});

test('a truncation cuts the recursion but keeps the value beyond it', () => {
  // The cut row led to a state of value 10: δ₁ = 1 + ½·10 − 3 = 3.
  const { advantages } = gae(one({ truncated: [0, 1, 0], nextValues: [3, 10, 5] }), half);
  assert.deepEqual([...advantages], [1.25, 3, -0.5]);
});

test('terminated and truncated at once counts as terminated', () => {
  const both = gae(one({ terminated: [0, 0, 1], truncated: [0, 0, 1] }), half);
  assert.deepEqual(both, gae(one({ terminated: [0, 0, 1] }), half));
});

test('λ = 1 gives discounted returns, λ = 0 the one-step error', () => {
  const { returns } = gae(one({ terminated: [0, 0, 1] }), { gamma: 0.5, lambda: 1 });
  assert.deepEqual([...returns], [1.75, 1.5, 1]);
  assert.deepEqual([...gae(one({}), { gamma: 0.5, lambda: 0 }).advantages], [0.5, 0, -0.5]);
});

test('equals the definition Σ (γλ)^l δ_{t+l} up to the end of the episode, for each environment by itself', () => {
  const value = fc.double({ min: -10, max: 10, noNaN: true });
  const row = fc.record({ r: value, v: value, next: value, end: fc.constantFrom(0, 0, 0, 1, 2) });
  fc.assert(
    fc.property(
      fc
        .integer({ min: 1, max: 3 })
        .chain((n) =>
          fc
            .integer({ min: 1, max: 8 })
            .chain((T) => fc.tuple(fc.constant(n), fc.array(row, { minLength: n * T, maxLength: n * T }))),
        ),
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      ([environments, rows], gamma, lambda) => {
        const { advantages } = gae(
          {
            environments,
            rewards: rows.map(({ r }) => r),
            values: rows.map(({ v }) => v),
            nextValues: rows.map(({ next }) => next),
            terminated: rows.map(({ end }) => (end === 1 ? 1 : 0)),
            truncated: rows.map(({ end }) => (end === 2 ? 1 : 0)),
          },
          { gamma, lambda },
        );
        rows.forEach((_, start) => {
          let sum = 0;
          for (let at = start, weight = 1; at < rows.length; at += environments, weight *= gamma * lambda) {
            const { r, v, next, end } = rows[at]!;
            sum += weight * (r + (end === 1 ? 0 : gamma * next) - v);
            if (end !== 0) break;
          }
          assert.ok(Math.abs(advantages[start]! - sum) < 1e-4, `${advantages[start]} against ${sum}`);
        });
      },
    ),
  );
});
