import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawConfig } from '../../src/config/load';
import { KdlabError } from '../../src/core/errors';
import { prepare } from '../../src/run/prepare';

const mlp = { mlp: { hidden: [4] } };
const teacher = { model: mlp, value: mlp, envSteps: 100 };
const student = { model: mlp, steps: 10, rollouts: { envSteps: 100 } };
const reinforcement = { envSteps: 100, value: mlp, rollouts: {} };

function check(parts: object): RawConfig {
  const raw = { experiment: 'rl', name: 'a', environment: 'CartPole-v1', teacher, student, ...parts } as RawConfig;
  return prepare(raw, { runsDir: 'runs', where: 'a.yaml' }).config;
}

const refused = (parts: object, pattern: RegExp) =>
  assert.throws(
    () => check(parts),
    (error) => error instanceof KdlabError && pattern.test(error.message),
  );

test('teachers by PPO, by Q-learning or by a script; what was resolved resolves to itself', () => {
  for (const given of [teacher, { model: mlp, envSteps: 100, dqn: {} }, { expert: {} }]) {
    const config = check({ teacher: given });
    assert.deepEqual(check(config), config);
  }
});

test('a teacher’s keys that do not go together are refused by name', () => {
  refused({ teacher: { model: mlp, envSteps: 100 } }, /teacher\.value: PPO needs a critic/);
  refused({ teacher: { ...teacher, dqn: {} } }, /teacher\.value: is of PPO, but dqn is there/);
  refused({ teacher: { ...teacher, dqn: { gama: 1 } } }, /teacher\.dqn: .*"gama".*"gamma"/);
  refused({ teacher: { expert: {}, envSteps: 5 } }, /teacher: .*envSteps/);
});

test('a student learns from a replay or by reinforcement, not both and not neither', () => {
  assert.doesNotThrow(() => check({ student: { model: mlp, reinforcement, objective: [{ ppo: {} }] } }));
  refused({ student: { ...student, reinforcement } }, /student\.rollouts: give either/);
  refused({ student: { model: mlp } }, /student\.rollouts: give either/);
  refused({ student: { model: mlp, rollouts: { envSteps: 100 } } }, /student\.steps: belongs to rollouts/);
});

test('an unknown environment is refused with the nearest name', () => {
  refused({ environment: 'CartPole-v2' }, /environment: .*CartPole-v1/);
});
