import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { type TeacherCard, TeacherStore } from '../../../envs/teachers/artifact';
import { KdlabError } from '../../../src/core/errors';
import { saveVariables } from '../../../src/core/params';
import { selectEngine } from '../../../src/engine/engine';
import { Rng } from '../../../src/math/rng';
import { smallPolicy } from '../policies';

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kdlab-teachers-'));
before(() => selectEngine());
after(() => fs.rmSync(folder, { recursive: true }));

const card: TeacherCard = {
  version: 1,
  environment: 'CartPole-v1',
  algorithm: 'PPO',
  parameters: 58,
  envSteps: 100,
  updates: 10,
  seed: 3,
  engine: 'kdlab',
  score: { mean: 400, low: 390, high: 410, n: 100, method: 'bootstrap' },
  licence: 'UNLICENSED',
};
const refused = (pattern: RegExp) => (error: unknown) => error instanceof KdlabError && pattern.test(error.message);

test('a kept teacher comes back with its weights and its card', () => {
  const store = new TeacherStore(folder);
  const teacher = smallPolicy(Rng.root(1));
  assert.equal(store.has('a'), false);
  store.save('a', teacher.params, card);
  const other = smallPolicy(Rng.root(2));
  assert.deepEqual(store.restore('a', other.params), card);
  assert.deepEqual(saveVariables(other.params), saveVariables(teacher.params));
  assert.deepEqual(store.list(), [{ hash: 'a', card }]);
});

test('a diverged teacher is not kept', () => {
  const store = new TeacherStore(folder);
  const teacher = smallPolicy(Rng.root(1));
  const [name, variable] = Object.entries(teacher.params)[0]!;
  variable.assign(tf.fill(variable.shape, Number.NaN));
  assert.throws(() => store.save('b', teacher.params, card), refused(new RegExp(`${name} holds NaN; it has diverged`)));
  assert.equal(store.has('b'), false);
});

test('weights of another network and damaged cards are refused with what to do', () => {
  const store = new TeacherStore(folder);
  store.save('c', smallPolicy(Rng.root(1)).params, card);
  const wide = tf.variable(tf.zeros([3, 3]), true, 'wide');
  assert.throws(() => store.restore('c', { wide }), refused(/weights do not fit.*delete/s));
  fs.writeFileSync(path.join(folder, 'c', 'card.json'), '{');
  assert.throws(() => store.card('c'), refused(/cannot be read.*delete/s));
});
