import assert from 'node:assert/strict';
import { test } from 'node:test';
import { valueIteration } from '../../../envs/experts/value-iteration';
import { dynamicsOf } from '../../../envs/registry';
import { isTabular, type TabularDynamics } from '../../../envs/tabular/tabular';

function tabular(id: string, options: Record<string, unknown> = {}): TabularDynamics {
  const dynamics = dynamicsOf({ id, options });
  assert.ok(isTabular(dynamics));
  return dynamics;
}

test('values of a line to the goal, by hand', () => {
  const { values, q } = valueIteration(
    tabular('GridWorld-Empty-5x5-v0', { map: ['S..G'], stepReward: -1, goalReward: 10 }),
    { discount: 0.5 },
  );
  assert.deepEqual([...values.slice(0, 3)], [-1 + 0.5 * 4, -1 + 0.5 * 10, 10]);
  // To the left at the edge: a step, and the same place again.
  assert.equal(q[3], -1 + 0.5 * 1);
});

test('the undiscounted value of the slippery lake is its known probability of success, 0.8235', () => {
  // 14/17: Gymnasium names 0.74 within its 100 steps.
  const { values } = valueIteration(tabular('FrozenLake-v1'), { discount: 1, tolerance: 1e-14 });
  assert.ok(Math.abs(values[0]! - 14 / 17) < 1e-9, `${values[0]}`);
});

test('Bellman: no value can be improved by looking one step ahead', () => {
  for (const id of ['FrozenLake8x8-v1', 'Taxi-v4', 'GridWorld-FourRooms-v0', 'CliffWalkingSlippery-v1']) {
    const dynamics = tabular(id);
    const { values } = valueIteration(dynamics);
    for (let state = 0; state < values.length; state++) {
      const ahead = Array.from({ length: dynamics.actionSpace.n }, (_, action) =>
        dynamics
          .outcomes(state, action)
          .reduce((sum, o) => sum + o.probability * (o.reward + (o.terminated ? 0 : 0.99 * values[o.next]!)), 0),
      );
      assert.ok(Math.abs(Math.max(...ahead) - values[state]!) < 1e-9, `${id}, state ${state}`);
    }
  }
});

test('a reward for ever without a discount has no value', () => {
  const forever = tabular('GridWorld-Empty-5x5-v0', { stepReward: 1 });
  assert.throws(() => valueIteration(forever, { discount: 1 }), /use a discount below 1/);
});
