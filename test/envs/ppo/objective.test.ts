import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import ppo from '../../../envs/ppo/objective';
import { KdlabError } from '../../../src/core/errors';
import { momentAt } from '../../../src/core/moment';
import type { Terms } from '../../../src/core/types';
import { selectEngine } from '../../../src/engine/engine';
import { assertGradient } from '../differences';

before(() => selectEngine());

const data = {
  action: [0, 1, 0, 1],
  advantage: [1, 1, -1, -1],
  return: [2, 0, 1, -1],
  value: [0, 0, 0, 0],
};

/** Terms where the old policy was even (probability ½ each), so that ρ is twice the new probability. */
function terms(logits: tf.Tensor2D, values: tf.Tensor, options: object = {}, progress = 0): Terms {
  const { loss } = ppo.build(ppo.options.parse(options));
  const extras = {
    action: tf.tensor1d(data.action, 'int32'),
    advantage: tf.tensor1d(data.advantage),
    return: tf.tensor1d(data.return),
    value: tf.tensor1d(data.value),
    logProbability: tf.fill([4], Math.log(0.5)),
  };
  const batch = { x: tf.zeros([4, 4]), extras, size: 4 };
  return loss({ logits, taps: { value: values } }, { batch, teachers: [] }, momentAt({ step: 0, epoch: 0, progress }));
}

/** Logits that give the taken action the given probability. */
function logitsFor(probabilities: number[]): number[][] {
  return probabilities.map((p, i) => (data.action[i] === 0 ? [Math.log(p / (1 - p)), 0] : [0, Math.log(p / (1 - p))]));
}

function near(found: tf.Tensor, expected: number[]) {
  const values = found.dataSync();
  assert.equal(values.length, expected.length);
  expected.forEach((x, i) => {
    assert.ok(Math.abs(values[i]! - x) < 1e-5, `element ${i}: ${values[i]}, expected ${x}`);
  });
}

test('the surrogate by hand: gains are clipped at 1 ± ε, losses are not', () => {
  // ρ = 1.4, 0.6, 0.6, 1.4 with A = 1, 1, −1, −1 and ε = 0.2.
  const { policy } = terms(tf.tensor2d(logitsFor([0.7, 0.3, 0.3, 0.7])), tf.zeros([4]));
  near(policy!, [-1.2, -0.6, 0.8, 1.4]);
});

test('an unmoved policy has ρ = 1, whatever ε', () => {
  near(terms(tf.zeros([4, 2]), tf.zeros([4]), { clipRange: 0 }).policy!, [-1, -1, 1, 1]);
});

test('ε may decay with progress', () => {
  const clipRange = { linear: { from: 0.2, to: 0 } };
  const logits = tf.tensor2d(logitsFor([0.7, 0.3, 0.3, 0.7]));
  near(terms(logits, tf.zeros([4]), { clipRange }, 0.5).policy!, [-1.1, -0.6, 0.9, 1.4]);
});

test('the value loss is c₁(V − R)², from a tap [n] or [n,1]', () => {
  const values = [1, 1, 1, 1];
  near(terms(tf.zeros([4, 2]), tf.tensor1d(values)).value!, [0.5, 0.5, 0, 2]);
  near(terms(tf.zeros([4, 2]), tf.tensor2d(values, [4, 1]), { valueCoefficient: 1 }).value!, [1, 1, 0, 4]);
});

test('a clipped value loss takes the larger of the two', () => {
  // V = 1 is held at 0.2 of its old value 0: errors against R = 2, 0, 1, −1 are 1.8², 1², 0.8², 2².
  const options = { valueClipRange: 0.2, valueCoefficient: 1 };
  near(terms(tf.zeros([4, 2]), tf.ones([4]), options).value!, [3.24, 1, 0.64, 4]);
});

test('the entropy bonus is −c₂H, and absent at c₂ = 0', () => {
  const logits = tf.tensor2d(logitsFor([0.5, 0.9, 0.5, 0.5]));
  const entropy = -(0.9 * Math.log(0.9) + 0.1 * Math.log(0.1));
  const expected = [Math.LN2, entropy, Math.LN2, Math.LN2].map((h) => -0.01 * h);
  near(terms(logits, tf.zeros([4]), { entropyCoefficient: 0.01 }).entropy!, expected);
  assert.deepEqual(Object.keys(terms(logits, tf.zeros([4]))), ['policy', 'value']);
});

test('its gradients are those of finite differences, where it is clipped and where it is not', () => {
  const sum = (parts: Terms) => Object.values(parts).reduce<tf.Tensor>((a, b) => tf.add(a, b), tf.zeros([4]));
  const options = { entropyCoefficient: 0.1, valueClipRange: 0.5 };
  for (const probabilities of [
    [0.7, 0.3, 0.3, 0.7],
    [0.52, 0.48, 0.53, 0.45],
  ])
    assertGradient((x) => sum(terms(x, tf.zeros([4]), options)), logitsFor(probabilities));
  assertGradient((x) => sum(terms(tf.zeros([4, 2]), x, options)), [[1], [0.3], [-0.2], [2]]);
});

test('a batch without what PPO reads is refused by name', () => {
  const { loss } = ppo.build(ppo.options.parse({}));
  const batch = { x: tf.zeros([1, 4]), extras: { action: tf.tensor1d([0], 'int32') }, size: 1 };
  assert.throws(
    () =>
      loss(
        { logits: tf.zeros([1, 2]), taps: { value: tf.zeros([1]) } },
        { batch, teachers: [] },
        momentAt({ step: 0, epoch: 0, progress: 0 }),
      ),
    (error) => error instanceof KdlabError && /ppo needs "\w+" with each batch.*action/.test(error.message),
  );
});
