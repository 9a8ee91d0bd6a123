import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  dynamicsOf,
  type EnvironmentSpec,
  environmentSchema,
  list,
  make,
  optionsOf,
  readSpec,
} from '../../envs/registry';
import { isTabular } from '../../envs/tabular/tabular';
import { KdlabError } from '../../src/core/errors';

const refused = (pattern: RegExp) => (error: unknown) => error instanceof KdlabError && pattern.test(error.message);

test('every listed environment can be made, and says in one line what it is', () => {
  assert.ok(list().length > 0);
  for (const { id, description } of list()) {
    assert.equal(make(id).id, id);
    assert.ok(description.length > 0 && !description.includes('\n'));
  }
});

test('an unknown id is answered with the nearest one', () => {
  assert.throws(() => make('Cartpole-v0'), refused(/unknown environment "Cartpole-v0"; did you mean "CartPole-v1"/));
});

test("Gymnasium's limits and thresholds", () => {
  const limits = (id: string) => {
    const { maxEpisodeSteps, rewardThreshold } = dynamicsOf(id);
    return [maxEpisodeSteps, rewardThreshold];
  };
  assert.deepEqual(limits('CartPole-v1'), [500, 475]);
  assert.deepEqual(limits('Acrobot-v1'), [500, -100]);
  assert.deepEqual(limits('MountainCar-v0'), [200, -110]);
  assert.deepEqual(limits('MountainCarContinuous-v0'), [999, 90]);
  assert.deepEqual(limits('Pendulum-v1'), [200, undefined]);
  assert.deepEqual(limits('FrozenLake-v1'), [100, 0.7]);
  assert.deepEqual(limits('FrozenLake8x8-v1'), [200, 0.85]);
  assert.deepEqual(limits('Taxi-v4'), [200, 8]);
});

test('options change the environment, are told by its id and checked by name and value', () => {
  const gentle = dynamicsOf({ id: 'FrozenLake-v1', options: { map: '8x8', slippery: false } });
  assert.equal(gentle.id, 'FrozenLake-v1(map 8x8, slippery false)');
  assert.ok(isTabular(gentle));
  assert.equal(gentle.numberedObservations.n, 64);
  assert.deepEqual(gentle.outcomes(0, 2), [{ probability: 1, next: 1, reward: 0, terminated: false }]);
  assert.equal(gentle.rewardThreshold, undefined);

  assert.ok(optionsOf('FrozenLake-v1').includes('slippery'));
  assert.throws(
    () => dynamicsOf({ id: 'FrozenLake-v1', options: { slipery: false } }),
    refused(/FrozenLake-v1: options: unknown key "slipery"; did you mean "slippery"/),
  );
  assert.throws(
    () => dynamicsOf({ id: 'MinAtar/Breakout-v0', options: { stickyActionProbability: 2 } }),
    refused(/MinAtar\/Breakout-v0: options: stickyActionProbability: /),
  );
  assert.throws(
    () => dynamicsOf({ id: 'FrozenLake-v1', options: { map: ['SF', 'F'] } }),
    refused(/rows of equal length of S F H G/),
  );
});

test('a random lake has a way across and is determined by its seed', () => {
  const outcomesOf = (seed: number) => {
    const lake = dynamicsOf({ id: 'FrozenLake-v1', options: { map: { random: { size: 6, seed } }, slippery: false } });
    assert.ok(isTabular(lake));
    return lake;
  };
  for (let seed = 0; seed < 20; seed++) {
    const lake = outcomesOf(seed);
    const reached = new Set([0]);
    let goal = false;
    for (const state of reached)
      for (let action = 0; action < 4; action++) {
        const [{ next, reward, terminated }] = lake.outcomes(state, action) as [
          ReturnType<typeof lake.outcomes>[0] & object,
        ];
        goal ||= reward === 1;
        if (!terminated) reached.add(next);
      }
    assert.ok(goal, `seed ${seed}`);
  }
  const told = (seed: number) =>
    JSON.stringify(Array.from({ length: 36 }, (_, state) => outcomesOf(seed).outcomes(state, 1)));
  assert.equal(told(3), told(3));
  assert.notEqual(told(3), told(4));
});

test('options of the classic ones: gravity, the speed at the goal, the rewards of 1983', () => {
  const falling = (options: object) => {
    const env = make({ id: 'Pendulum-v1', options: options as never });
    env.reset({ state: [Math.PI / 2, 0] });
    env.step([0]);
    return env.state[1]!;
  };
  // θ̈ = 3g/(2l)·sin θ, one step of 0.05 s.
  assert.ok(Math.abs(falling({}) - 0.75) < 1e-12 && Math.abs(falling({ gravity: 2 }) - 0.15) < 1e-12);

  for (const [goalVelocity, reached] of [
    [0, true],
    [0.05, false],
  ] as const) {
    const env = make({ id: 'MountainCar-v0', options: { goalVelocity } });
    env.reset({ state: [0.49, 0.03] });
    assert.equal(env.step(2).terminated, reached);
  }

  const old = make({ id: 'CartPole-v1', options: { suttonBartoReward: true } });
  old.reset({ state: [0, 0, 0, 0] });
  assert.equal(old.step(1).reward, 0);
  old.reset({ state: [2.39, 1, 0, 0] });
  assert.equal(old.step(1).reward, -1);
});

test('a spec in a configuration stays what it was, with its problems told', () => {
  assert.equal(environmentSchema.parse('CartPole-v1'), 'CartPole-v1');
  const spec: EnvironmentSpec = { id: 'Pendulum-v1', wrappers: [{ 'frame-stack': { frames: 2 } }] };
  assert.deepEqual(environmentSchema.parse(spec), spec);
  const message = (value: unknown) => environmentSchema.safeParse(value).error?.issues[0]?.message ?? '';
  assert.match(message('Pendulum-v0'), /did you mean "Pendulum-v1"/);
  assert.match(message({ id: 'Pendulum-v1', wrappers: ['framestack'] }), /did you mean "frame-stack"/);
  assert.match(message({ id: 'CartPole-v1', wrappers: ['rescale-action'] }), /expected a Box with finite bounds/);
  assert.deepEqual(readSpec('{"id": "Taxi-v4"}'), { id: 'Taxi-v4' });
  assert.throws(() => readSpec('{"id": '), refused(/JSON/));
});
