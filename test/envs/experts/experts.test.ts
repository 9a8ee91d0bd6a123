import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { evaluatePolicy } from '../../../envs/evaluate';
import { expertTeacher } from '../../../envs/experts/expert';
import { expertIds, expertOf } from '../../../envs/experts/experts';
import { actBy } from '../../../envs/policy';
import { dynamicsOf, type EnvironmentSpec } from '../../../envs/registry';
import { KdlabError } from '../../../src/core/errors';
import { selectEngine } from '../../../src/engine/engine';
import { Rng } from '../../../src/math/rng';

before(() => selectEngine('tfjs'));

const meanReturn = (id: EnvironmentSpec) => {
  const act = actBy(expertTeacher(dynamicsOf(id), expertOf(id)), 'greedy');
  const { returns } = evaluatePolicy({ act, id, episodes: 50, rng: Rng.root(11) });
  return returns.reduce((sum, value) => sum + value, 0) / returns.length;
};

/* Over 100 other episodes: 500, −70.6, −97.8, 95.7, −139, −16; docs/environments.md. */
for (const [id, least] of [
  ['CartPole-v1', 500],
  ['Acrobot-v1', -90],
  ['MountainCar-v0', -110],
  ['MountainCarContinuous-v0', 90],
  ['Pendulum-v1', -200],
  ['TwoLinkReacher-v0', -25],
  ['FrozenLake-v1', 0.6],
  ['CliffWalking-v1', -13],
  ['Taxi-v4', 7],
  ['GridWorld-Maze-8x8-v0', 0.87],
] as const)
  test(`the expert of ${id} returns at least ${least}`, () => {
    const found = meanReturn(id);
    assert.ok(found >= least - 1e-6, `found ${found}`);
  });

test('every environment of numbered states has an expert, and an unknown one is answered with the nearest', () => {
  assert.ok(expertIds().includes('GridWorld-FourRooms-v0'));
  assert.throws(
    () => expertOf('MinAtar/Breakout-v1'),
    (error) => error instanceof KdlabError && /unknown expert "MinAtar\/Breakout-v1"/.test(error.message),
  );
});

test('an expert acts through wrappers that keep the shapes, and refuses others with both sides', () => {
  assert.equal(meanReturn({ id: 'CartPole-v1', wrappers: [{ 'time-limit': { maxEpisodeSteps: 50 } }] }), 50);
  const disturbed = meanReturn({ id: 'CartPole-v1', wrappers: [{ 'observation-noise': { deviation: 1 } }] });
  assert.ok(disturbed < 400, `found ${disturbed}`);
  assert.throws(
    () => expertOf({ id: 'Pendulum-v1', wrappers: [{ 'frame-stack': { frames: 2 } }] }),
    (error) =>
      error instanceof KdlabError && /takes observations .*\[3\]\).* has observations .*\[6\]\)/.test(error.message),
  );
});

test('as a teacher it gives log-probabilities, scores, or means and deviations', () => {
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    const lake = dynamicsOf('CliffWalking-v1');
    const x = tf.oneHot(tf.tensor1d([36, 24], 'int32'), 48).toFloat();
    const signal = (options: object) =>
      Array.from(expertTeacher(lake, expertOf(lake.id), options).signal({ x, size: 2 }).logits.dataSync<'float32'>());
    const logits = signal({ epsilon: 0.03 });
    assert.deepEqual(
      logits.map((value) => Math.round(100 * Math.exp(value))),
      [97, 1, 1, 1, 1, 97, 1, 1],
    );
    // From the start: up, then eleven to the right and down: thirteen steps of −1 at a discount of 0.99.
    const [up] = signal({ output: 'scores' });
    assert.ok(Math.abs(up! + (1 - 0.99 ** 13) / 0.01) < 1e-5);

    const pendulum = dynamicsOf('Pendulum-v1');
    const answer = expertTeacher(pendulum, expertOf('Pendulum-v1'), { deviation: 0.05 }).signal({
      x: tf.tensor2d([[1, 0, 0]]),
      size: 1,
    });
    const [mean, logDeviation] = answer.logits.dataSync<'float32'>();
    assert.equal(mean, 0, 'nothing to do upright at rest');
    assert.ok(Math.abs(logDeviation! - Math.log(0.1)) < 1e-6);
  });
  assert.equal(tf.memory().numTensors, before);
});
