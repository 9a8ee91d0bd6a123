import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { evaluatePolicy, recordStates } from '../../envs/evaluate';
import { type Act, actBy, chooseActions } from '../../envs/policy';
import { make } from '../../envs/registry';
import { KdlabError } from '../../src/core/errors';
import { selectEngine } from '../../src/engine/engine';
import { Rng } from '../../src/math/rng';
import { smallPolicy } from './policies';

before(() => selectEngine('tfjs'));

const id = 'CartPole-v1';
const alwaysRight: Act = (_, actions) => actions.fill(1);
/** Balances for ever: a linear rule on all four components. */
const balance: Act = (observations, actions) => {
  for (let i = 0; i < actions.length; i++) {
    const [x, xDot, theta, thetaDot] = observations.subarray(4 * i, 4 * i + 4) as unknown as number[];
    actions[i] = theta! + 0.5 * thetaDot! + 0.02 * x! + 0.1 * xDot! > 0 ? 1 : 0;
  }
};

test('returns are those of single environments run one by one', () => {
  const rng = Rng.root(1);
  const { returns, lengths } = evaluatePolicy({ act: alwaysRight, id, episodes: 10, rng });
  for (let i = 0; i < 10; i++) {
    const env = make(id);
    env.reset({ rng: rng.split('environments').split('env', i) });
    let steps = 1;
    while (!env.step(1).terminated) steps++;
    assert.deepEqual([returns[i], lengths[i]], [steps, steps]);
  }
});

test('a controller that balances gets 500 in every episode', () => {
  const { returns } = evaluatePolicy({ act: balance, id, episodes: 20, rng: Rng.root(2) });
  assert.deepEqual([...returns], Array(20).fill(500));
});

test('recorded states are met by the policy, in whole episodes, drawn without replacement', () => {
  const options = { act: alwaysRight, id, episodes: 5, rng: Rng.root(3) };
  const total = evaluatePolicy(options).lengths.reduce((sum, length) => sum + length, 0);
  const all = recordStates({ ...options, count: 1000 });
  assert.equal(all.length, 4 * total);
  const rows = (flat: Float32Array) =>
    Array.from({ length: flat.length / 4 }, (_, i) => flat.subarray(4 * i, 4 * i + 4).join());
  const some = recordStates({ ...options, count: 12 });
  assert.equal(new Set(rows(some)).size, 12);
  const known = new Set(rows(all));
  assert.ok(rows(some).every((row) => known.has(row)));
  assert.deepEqual(recordStates({ ...options, count: 12 }), some);
});

test('greedy takes the largest logit, sampling follows softmax', () => {
  const actions = new Int32Array(2);
  chooseActions(Float32Array.of(1, 3, 2, 0, -1, -2), actions, 'greedy', Rng.root(1).stream(), 'p');
  assert.deepEqual([...actions], [1, 0]);

  const many = new Int32Array(20_000);
  const logits = Float32Array.from({ length: 60_000 }, (_, k) => Math.log([0.2, 0.5, 0.3][k % 3]!) + 100);
  chooseActions(logits, many, 'sampled', Rng.root(2).stream(), 'p');
  [0.2, 0.5, 0.3].forEach((probability, action) => {
    const share = many.filter((a) => a === action).length / many.length;
    assert.ok(Math.abs(share - probability) < 0.015, `action ${action}: ${share} of the draws`);
  });
});

test('a diverged policy is named instead of acted upon', () => {
  assert.throws(
    () => chooseActions(Float32Array.of(0, Number.NaN), new Int32Array(1), 'greedy', Rng.root(1).stream(), 'pilot'),
    (error) =>
      error instanceof KdlabError &&
      /policy pilot gives the logit NaN for action 1: it has diverged/.test(error.message),
  );
});

test('a network acts on all environments in one pass and leaves no tensor behind', () => {
  const network = smallPolicy(Rng.root(1));
  let passes = 0;
  const counted = {
    ...network,
    forward: (...args: Parameters<typeof network.forward>) => {
      passes++;
      return network.forward(...args);
    },
  };
  const before = tf.memory().numTensors;
  const { lengths } = evaluatePolicy({ act: actBy(counted, 'sampled'), id, episodes: 30, rng: Rng.root(4) });
  assert.equal(passes, Math.max(...lengths));
  assert.equal(tf.memory().numTensors, before);
});
