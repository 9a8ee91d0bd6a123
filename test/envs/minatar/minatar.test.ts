import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dynamicsOf, make } from '../../../envs/registry';

const CALM = { stickyActionProbability: 0 };
const cells = (observation: Float32Array, channels: number, channel: number) =>
  Array.from({ length: 100 }, (_, cell) => cell).filter((cell) => observation[cell * channels + channel] === 1);

test('boards and action sets', () => {
  const told = (id: string) => {
    const { observationSpace, actionSpace } = dynamicsOf(id);
    return [observationSpace.shape.at(-1), String(actionSpace)];
  };
  assert.deepEqual(told('MinAtar/Asterix-v1'), [4, 'Discrete(5)']);
  assert.deepEqual(told('MinAtar/Breakout-v1'), [4, 'Discrete(3)']);
  assert.deepEqual(told('MinAtar/Freeway-v1'), [7, 'Discrete(3)']);
  assert.deepEqual(told('MinAtar/Seaquest-v1'), [10, 'Discrete(6)']);
  assert.deepEqual(told('MinAtar/SpaceInvaders-v1'), [6, 'Discrete(4)']);
  for (const game of ['Asterix', 'Breakout', 'Freeway', 'Seaquest', 'SpaceInvaders'])
    assert.deepEqual(told(`MinAtar/${game}-v0`)[1], 'Discrete(6)');
});

test('Breakout: thirty bricks, and a ball that a resting paddle misses from the left and returns from the right', () => {
  const env = make({ id: 'MinAtar/Breakout-v1', options: CALM });
  const seen = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const { observation } = env.reset({ seed });
    assert.equal(cells(observation, 4, 3).length, 30);
    assert.deepEqual(cells(observation, 4, 0), [94], 'the paddle');
    const [ball] = cells(observation, 4, 1);
    // Six frames down from row 3: from the left it is then at column 6, from the right it was at column 4.
    const ends = Array.from({ length: 6 }, () => env.step(0).terminated);
    assert.deepEqual(ends, [false, false, false, false, false, ball === 30]);
    seen.add(String(ball));
  }
  assert.deepEqual([...seen].sort(), ['30', '39']);
});

test('with certain stickiness the first action, no-op, lasts for ever; without it the paddle follows', () => {
  for (const [stickyActionProbability, column] of [
    [1, 4],
    [0, 2],
  ] as const) {
    const env = make({ id: 'MinAtar/Breakout-v1', options: { stickyActionProbability } });
    env.reset({ seed: 3 });
    env.step(1);
    assert.deepEqual(cells(env.step(1).observation, 4, 0), [90 + column]);
  }
});

test('Freeway: up every third frame, a reward on the other side, an end after 2500 frames', () => {
  const env = make({ id: 'MinAtar/Freeway-v1', options: CALM });
  env.reset({ seed: 2 });
  let crossings = 0;
  let steps = 0;
  for (let over = false; !over; steps++) {
    const { reward, terminated } = env.step(1);
    crossings += reward;
    over = terminated;
  }
  assert.equal(steps, 2501);
  // Nine rows at four frames each, without any car: no more than 69.
  assert.ok(crossings >= 1 && crossings <= 69, `${crossings} crossings`);
});

test('Asterix without ramping spawns as slowly after a thousand frames as at first', () => {
  // The number of frames between two things is the third number of the game's state, after the last action.
  const interval = (difficultyRamping: boolean) => {
    const env = make({ id: 'MinAtar/Asterix-v1', options: { ...CALM, difficultyRamping } });
    env.reset({ seed: 4 });
    for (let t = 0; t < 250; t++) {
      // In the lowest row, away from the edges where things appear, and dodging nothing: begun again when hit.
      if (env.step(0).terminated) {
        const state = Array.from(env.state);
        env.reset({ seed: t, state });
      }
    }
    return env.state[3];
  };
  assert.equal(interval(false), 10);
  assert.ok(interval(true)! < 10);
});
