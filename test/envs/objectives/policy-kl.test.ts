import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import policyKl from '../../../envs/objectives/policy-kl';
import { momentAt } from '../../../src/core/moment';
import { selectEngine } from '../../../src/engine/engine';
import { assertGradient } from '../differences';

before(() => selectEngine());

const at = momentAt({ step: 0, epoch: 0, progress: 0 });

function kl(teacher: number[][], student: tf.Tensor2D, options = {}): tf.Tensor1D {
  const { loss } = policyKl.build(policyKl.options.parse(options));
  const batch = { x: tf.zeros([teacher.length, 4]), size: teacher.length };
  const terms = loss(
    { logits: student, taps: {} },
    { batch, teachers: [{ logits: tf.tensor2d(teacher), taps: {} }] },
    at,
  );
  assert.deepEqual(Object.keys(terms), ['kl']);
  return terms.kl!;
}

test('by hand: teacher (¾, ¼), student (½, ½)', () => {
  const [found, none] = kl(
    [
      [Math.log(3), 0],
      [5, 5],
    ],
    tf.tensor2d([
      [0, 0],
      [1, 1],
    ]),
  ).dataSync();
  assert.ok(Math.abs(found! - (0.75 * Math.log(1.5) + 0.25 * Math.log(0.5))) < 1e-6);
  assert.ok(Math.abs(none!) < 1e-7, 'equal distributions are at distance 0');
});

test('τ divides the logits of the teacher only', () => {
  const [sharpened] = kl([[Math.log(3) / 2, 0]], tf.tensor2d([[0, 0]]), { temperature: 0.5 }).dataSync();
  assert.ok(Math.abs(sharpened! - (0.75 * Math.log(1.5) + 0.25 * Math.log(0.5))) < 1e-6);
});

test('τ = 0.01 on Q-values is all but the log-likelihood of the greedy action', () => {
  const [found] = kl([[1.2, 1]], tf.tensor2d([[0.3, -0.4]]), { temperature: 0.01 }).dataSync();
  assert.ok(Math.abs(found! - Math.log(1 + Math.exp(-0.7))) < 1e-5);
});

test('its gradient is that of finite differences', () => {
  const teacher = [
    [0.5, -1, 0.2],
    [2, 0.1, -0.3],
  ];
  assertGradient(
    (x) => kl(teacher, x),
    [
      [0.1, 0.4, -0.8],
      [-1, 0.5, 1.5],
    ],
  );
  assertGradient(
    (x) => kl(teacher, x, { temperature: 0.3 }),
    [
      [0.1, 0.4, -0.8],
      [-1, 0.5, 1.5],
    ],
  );
});

test('options other than a positive temperature are refused', () => {
  assert.deepEqual(policyKl.options.parse({}), { temperature: 1 });
  assert.ok(!policyKl.options.safeParse({ temperature: 0 }).success);
  assert.match(policyKl.options.safeParse({ temprature: 1 }).error!.message, /did you mean/);
});
