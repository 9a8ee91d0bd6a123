import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { dueling } from '../../../envs/dqn/dueling';
import { NStep } from '../../../envs/dqn/n-step';
import dqn from '../../../envs/dqn/objective';
import { SumTree } from '../../../envs/dqn/sum-tree';
import type { Transition } from '../../../envs/dqn/transitions';
import { KdlabError } from '../../../src/core/errors';
import { momentAt } from '../../../src/core/moment';
import { selectEngine } from '../../../src/engine/engine';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';

before(() => selectEngine());

const running = { terminated: false, truncated: false };

/** Runs rewards through n steps; observations are the step's number. */
function transitionsOf(n: number, rewards: readonly number[], end: typeof running): Transition[] {
  const steps = new NStep(n, 0.5);
  const out: Transition[] = [];
  rewards.forEach((reward, t) => {
    const last = t === rewards.length - 1;
    steps.push(
      { observation: Float32Array.of(t), action: t, reward },
      Float32Array.of(t + 1),
      last ? end : running,
      (made) => out.push(made),
    );
  });
  return out;
}

test('n-step returns by hand: discounted sums, what follows by γ^n', () => {
  const made = transitionsOf(2, [1, 2, 4], running);
  assert.deepEqual(
    made.map(({ action, reward, discount, next }) => [action, reward, discount, next[0]]),
    [
      [0, 1 + 0.5 * 2, 0.25, 2],
      [1, 2 + 0.5 * 4, 0.25, 3],
    ],
  );
});

test('a terminated episode is followed by nothing, a truncated one by its last observation', () => {
  const ends = (end: typeof running) =>
    transitionsOf(2, [1, 2], end).map(({ reward, discount, next }) => [reward, discount, next[0]]);
  assert.deepEqual(ends({ terminated: true, truncated: false }), [
    [2, 0, 2],
    [2, 0, 2],
  ]);
  assert.deepEqual(ends({ terminated: false, truncated: true }), [
    [2, 0.25, 2],
    [2, 0.5, 2],
  ]);
});

test('every step of an ended episode goes out once, in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 20 }), (n, length) => {
      const made = transitionsOf(n, Array(length).fill(1), { terminated: true, truncated: false });
      assert.deepEqual(
        made.map(({ action }) => action),
        Array.from({ length }, (_, t) => t),
      );
    }),
  );
});

test('a sum tree finds where a running total is reached', () => {
  fc.assert(
    fc.property(
      fc
        .array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 20 })
        .filter((values) => values.some(Boolean)),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      (values, part) => {
        const tree = new SumTree(values.length);
        for (const [i, value] of values.entries()) tree.set(i, value);
        const total = values.reduce((a, b) => a + b);
        assert.equal(tree.total, total);
        const reached = values.map((_, i) => values.slice(0, i + 1).reduce((a, b) => a + b));
        const expected = reached.findIndex((sum) => sum > part * total);
        assert.equal(tree.find(part * total), expected);
      },
    ),
  );
});

test('a dueling head adds the value to advantages of mean 0', () => {
  const network = dueling(mlp({ id: 'q', input: 3, classes: 3, hidden: [4], rng: Rng.root(1) }));
  assert.equal(network.classes, 2);
  const batch = { x: tf.tensor2d([[1, 2, 3]]), size: 1 };
  const { logits, taps } = network.forward(batch, { training: false });
  assert.ok(Math.abs(tf.mean(logits).dataSync()[0]! - taps.value!.dataSync()[0]!) < 1e-6);
});

test('the temporal difference is squared up to 1, linear beyond, and weighed', () => {
  const { loss } = dqn.build({});
  const extras = {
    action: tf.tensor1d([0, 1], 'int32'),
    target: tf.tensor1d([0.5, 3]),
    weight: tf.tensor1d([1, 0.5]),
  };
  const logits = tf.tensor2d([
    [1, 9],
    [9, 0],
  ]);
  const at = momentAt({ step: 0, epoch: 0, progress: 0 });
  const lesson = { batch: { x: tf.zeros([2, 1]), extras, size: 2 }, teachers: [] };
  assert.deepEqual([...loss({ logits, taps: {} }, lesson, at).td!.dataSync()], [0.125, 0.5 * 2.5]);
  assert.throws(() => loss({ logits, taps: {} }, { batch: { x: logits, size: 2 }, teachers: [] }, at), KdlabError);
});
