import assert from 'node:assert/strict';
import { test } from 'node:test';
import { make } from '../../envs/registry';
import { KdlabError } from '../../src/core/errors';
import { Rng } from '../../src/math/rng';

const refused = (pattern: RegExp) => (error: unknown) => error instanceof KdlabError && pattern.test(error.message);

test('the same seed gives the same sequence of episodes, another seed another', () => {
  const sequence = (seed: number) => {
    const env = make('CartPole-v1');
    return [env.reset({ seed }), env.reset(), env.reset()].map(({ observation }) => Array.from(observation));
  };
  assert.deepEqual(sequence(7), sequence(7));
  assert.notDeepEqual(sequence(7), sequence(8));
  const [first, second] = sequence(7);
  assert.notDeepEqual(first, second);
});

test('a seed is short for the root key of that seed', () => {
  const env = make('CartPole-v1');
  assert.deepEqual(env.reset({ seed: 5 }), env.reset({ rng: Rng.root(5) }));
});

test('no entropy is taken from the machine: the first reset names what it needs', () => {
  assert.throws(
    () => make('CartPole-v1').reset(),
    refused(/first reset needs a source of randomness; pass \{ seed \}/),
  );
});

test('steps before reset and after the end are refused', () => {
  const env = make('CartPole-v1');
  assert.throws(() => env.step(0), refused(/before the first reset/));
  env.reset({ seed: 1 });
  while (!env.step(1).terminated);
  assert.throws(() => env.step(0), refused(/after the end of the episode; call reset/));
});

test('actions outside the space are refused with the space printed', () => {
  const env = make('CartPole-v1');
  env.reset({ seed: 1 });
  for (const action of [2, -1, 0.5, Number.NaN])
    assert.throws(() => env.step(action), refused(/outside Discrete\(2\)/));
});

test('a state of the wrong size or not finite is refused', () => {
  const env = make('CartPole-v1');
  assert.throws(() => env.reset({ state: [0, 0, 0] }), refused(/4 finite numbers, found \[0, 0, 0\]/));
  assert.throws(() => env.reset({ state: [0, 0, 0, Number.NaN] }), refused(/4 finite numbers/));
});
