import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dynamicsOf, list, make } from '../../../envs/registry';
import { isTabular, type TabularDynamics } from '../../../envs/tabular/tabular';

const all = list()
  .map(({ id }) => dynamicsOf(id))
  .filter(isTabular);
const of = (id: string) => all.find((dynamics) => dynamics.id === id) as TabularDynamics;

test('outcomes of every state and action are a distribution over states', () => {
  assert.ok(all.length >= 9);
  for (const { id, numberedObservations, actionSpace, outcomes, start } of all) {
    assert.ok(Math.abs(start.reduce((sum, p) => sum + p, 0) - 1) < 1e-12, id);
    for (let state = 0; state < numberedObservations.n; state++)
      for (let action = 0; action < actionSpace.n; action++) {
        const found = outcomes(state, action);
        assert.ok(Math.abs(found.reduce((sum, { probability }) => sum + probability, 0) - 1) < 1e-12, `${id} ${state}`);
        for (const { next, probability } of found) assert.ok(numberedObservations.contains(next) && probability > 0);
      }
  }
});

test('slippery ice: the move meant and those at right angles to it, a third each', () => {
  // Right from the start: down to 4, right to 1, up against the edge.
  const found = of('FrozenLake-v1').outcomes(0, 2);
  assert.deepEqual(found.map(({ next }) => next).sort(), [0, 1, 4]);
  for (const { probability } of found) assert.ok(Math.abs(probability - 1 / 3) < 1e-12);
  const goal = of('FrozenLake-v1')
    .outcomes(14, 2)
    .find(({ next }) => next === 15)!;
  assert.deepEqual([goal.reward, goal.terminated], [1, true]);
  const hole = of('FrozenLake-v1')
    .outcomes(4, 2)
    .find(({ next }) => next === 5)!;
  assert.deepEqual([hole.reward, hole.terminated], [0, true]);
});

test('steps are drawn as often as the outcomes say', () => {
  const env = make('FrozenLake-v1');
  const counts = new Map<number, number>();
  for (let seed = 0; seed < 3000; seed++) {
    env.reset({ seed, state: [0] });
    env.step(2);
    const next = env.state[0]!;
    counts.set(next, (counts.get(next) ?? 0) + 1);
  }
  for (const next of [0, 1, 4]) assert.ok(Math.abs(counts.get(next)! - 1000) < 100, JSON.stringify([...counts]));
});

test('a fall from the cliff costs 100 and leads back to the start', () => {
  const env = make('CliffWalking-v1');
  env.reset({ seed: 1 });
  const fall = env.step(1);
  assert.deepEqual([fall.reward, fall.terminated, env.state[0]], [-100, false, 36]);
  env.reset({ seed: 1, state: [35] });
  const arrival = env.step(2);
  assert.deepEqual([arrival.reward, arrival.terminated], [-1, true]);
});

test('Taxi: walls, picking up, delivering, and what is done in vain', () => {
  const taxi = of('Taxi-v4');
  const state = (row: number, column: number, passenger: number, destination: number) =>
    ((row * 5 + column) * 5 + passenger) * 4 + destination;
  const only = (at: number, action: number) => taxi.outcomes(at, action)[0]!;
  // 25 places, four stands, three other destinations.
  assert.equal(taxi.start.filter((p) => p > 0).length, 300);
  assert.equal(only(state(0, 1, 0, 1), 2).next, state(0, 1, 0, 1), 'a wall to the right of (0, 1)');
  assert.equal(only(state(2, 1, 0, 1), 2).next, state(2, 2, 0, 1));
  assert.deepEqual(only(state(0, 0, 0, 1), 4), {
    probability: 1,
    next: state(0, 0, 4, 1),
    reward: -1,
    terminated: false,
  });
  assert.equal(only(state(0, 1, 0, 1), 4).reward, -10);
  assert.deepEqual(only(state(0, 4, 4, 1), 5), {
    probability: 1,
    next: state(0, 4, 1, 1),
    reward: 20,
    terminated: true,
  });
  assert.equal(only(state(2, 2, 4, 1), 5).reward, -10);
  const { info } = make('Taxi-v4').reset({ seed: 1, state: [state(0, 0, 0, 1)] });
  assert.deepEqual(info.action_mask, [1, 0, 1, 0, 1, 0]);
});

test('observations are the one-hot vectors of the states', () => {
  const { observation, info } = make('Taxi-v4').reset({ seed: 5 });
  assert.equal(observation.length, 500);
  assert.equal(observation.indexOf(1), info.state);
  assert.equal(
    observation.reduce((sum, value) => sum + value, 0),
    1,
  );
});
