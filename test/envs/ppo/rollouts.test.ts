import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { gae } from '../../../envs/ppo/gae';
import ppo from '../../../envs/ppo/objective';
import { ppoRollouts, updatesFor } from '../../../envs/ppo/rollouts';
import { make } from '../../../envs/registry';
import { KdlabError } from '../../../src/core/errors';
import type { Model, Source } from '../../../src/core/types';
import { selectEngine } from '../../../src/engine/engine';
import { meanEstimator } from '../../../src/estimators/mean';
import { Rng } from '../../../src/math/rng';
import { adamRule } from '../../../src/optimizers/rules/adam';
import { smallActorCritic, smallPolicy } from '../policies';
import { assertResumesExactly } from '../resume';

before(() => selectEngine());

const small = { id: 'CartPole-v1', environments: 3, stepsPerRollout: 8, epochs: 2, minibatches: 4 };

interface Rows {
  x: number[][];
  extras: Record<string, number[]>;
}

async function take(source: Source, count: number, student: Model): Promise<Rows[]> {
  const taken: Rows[] = [];
  for await (const { x, extras } of source.batches({ student, teachers: [], rng: Rng.root(1) })) {
    const arrays = Object.entries(extras!).map(([name, tensor]) => [name, [...tensor.dataSync()]]);
    taken.push({ x: (await x.array()) as number[][], extras: Object.fromEntries(arrays) });
    if (taken.length === count) break;
  }
  return taken;
}

const keysOf = (batches: Rows[]) => batches.flatMap(({ x }) => x.map((row) => row.join()));

test('each epoch shows every step of the rollout once, in another order; then comes a new rollout', async () => {
  const batches = await take(ppoRollouts(small), 12, smallActorCritic(Rng.root(2)));
  for (const { x, extras } of batches) {
    assert.equal(x.length, 6);
    for (const name of ['action', 'advantage', 'return', 'logProbability', 'value'])
      assert.equal(extras[name]!.length, 6);
  }
  const [first, second, next] = [0, 4, 8].map((from) => keysOf(batches.slice(from, from + 4)));
  assert.equal(new Set(first).size, 24);
  assert.deepEqual([...first!].sort(), [...second!].sort());
  assert.notDeepEqual(first, second);
  assert.equal(next!.filter((row) => first!.includes(row)).length, 0);
});

test('extras are what the actor-critic says of its own steps', async () => {
  const student = smallActorCritic(Rng.root(2));
  const [{ x, extras }] = (await take(ppoRollouts({ ...small, minibatches: 1 }), 1, student)) as [Rows];
  tf.tidy(() => {
    const batch = { x: tf.tensor2d(x), size: 24 };
    const { logits, taps } = student.forward(batch, { training: false });
    const logProbabilities = tf.logSoftmax(logits).arraySync() as number[][];
    const values = taps.value!.dataSync();
    extras.action!.forEach((action, row) => {
      assert.ok(action === 0 || action === 1);
      assert.ok(Math.abs(extras.logProbability![row]! - logProbabilities[row]![action]!) < 1e-5);
      assert.ok(Math.abs(extras.value![row]! - values[row]!) < 1e-5);
    });
  });
});

test('advantages and returns are GAE over whole trajectories, through the time limit and not beyond a fall', async () => {
  // One environment and 700 steps of a balancing policy: a truncation at step 500 lies within.
  const student = balancing();
  const options = { ...small, environments: 1, stepsPerRollout: 700, minibatches: 1, gamma: 0.9, lambda: 0.7 };
  const source = ppoRollouts({ ...options, normalizeAdvantage: false });
  const [{ x, extras }] = (await take(source, 1, student)) as [Rows];
  assert.equal(source.metrics!().meanReturn, 500);
  // The same trajectory again, in order, in a single environment.
  const env = make('CartPole-v1');
  const actionOf = new Map(x.map((row, i) => [row.join(), extras.action![i]!]));
  const value = (row: ArrayLike<number>) =>
    tf.tidy(
      () =>
        student.forward({ x: tf.tensor2d([Array.from(row)]), size: 1 }, { training: false }).taps.value!.dataSync()[0]!,
    );
  let { observation } = env.reset({ rng: Rng.root(1).split('environments').split('env', 0) });
  const seen: string[] = [];
  const values: number[] = [];
  const nextValues: number[] = [];
  const truncated: number[] = [];
  for (let t = 0; t < 700; t++) {
    seen.push(Array.from(observation).join());
    values.push(value(observation));
    const step = env.step(actionOf.get(seen[t]!)!);
    nextValues.push(value(step.observation));
    truncated.push(step.truncated ? 1 : 0);
    observation = step.truncated ? env.reset().observation : step.observation;
  }
  assert.deepEqual([truncated.indexOf(1), truncated.lastIndexOf(1)], [499, 499]);
  const zeros = truncated.map(() => 0);
  const expected = gae(
    { environments: 1, rewards: zeros.map(() => 1), values, nextValues, terminated: zeros, truncated },
    options,
  );
  const rowOf = new Map(x.map((row, i) => [row.join(), i]));
  seen.forEach((key, t) => {
    const row = rowOf.get(key)!;
    assert.ok(Math.abs(extras.advantage![row]! - expected.advantages[t]!) < 1e-4, `advantage of step ${t}`);
    assert.ok(Math.abs(extras.return![row]! - expected.returns[t]!) < 1e-4, `return of step ${t}`);
  });
});

/** An actor-critic whose policy is a steep linear rule that balances the pole. */
function balancing(): Model {
  const student = smallActorCritic(Rng.root(3));
  const policy: Model['forward'] = ({ x }) => {
    const lean = tf.matMul(x as tf.Tensor2D, tf.tensor2d([[0.02], [0.1], [1], [0.5]]));
    return { logits: tf.concat([tf.mul(lean, -1e4), tf.mul(lean, 1e4)], 1) as tf.Tensor2D, taps: {} };
  };
  return {
    ...student,
    forward: (batch, mode) => ({ logits: policy(batch, mode).logits, taps: student.forward(batch, mode).taps }),
  };
}

test('advantages are normalised within each minibatch unless told otherwise', async () => {
  const [{ extras }] = (await take(ppoRollouts(small), 1, smallActorCritic(Rng.root(2)))) as [Rows];
  const mean = extras.advantage!.reduce((sum, a) => sum + a, 0) / 6;
  const variance = extras.advantage!.reduce((sum, a) => sum + (a - mean) ** 2, 0) / 6;
  assert.ok(Math.abs(mean) < 1e-6 && Math.abs(variance - 1) < 1e-4);
  const plain = ppoRollouts({ ...small, normalizeAdvantage: false });
  const [raw] = (await take(plain, 1, smallActorCritic(Rng.root(2)))) as [Rows];
  raw.extras.advantage!.forEach((a, i) => {
    assert.ok(Math.abs(a + raw.extras.value![i]! - raw.extras.return![i]!) < 1e-5);
  });
});

test('interrupted anywhere and resumed, PPO ends with the same bits', async () => {
  const rng = Rng.root(12);
  await assertResumesExactly({
    rng: rng.split('train'),
    // Within an epoch, at the end of one, at the end of a rollout, and in the second and third.
    stops: [1, 4, 8, 9, 14, 17],
    build: () => {
      const student = smallActorCritic(rng.split('student'));
      return {
        name: 'teacher',
        title: 'PPO',
        student,
        learners: [
          {
            name: 'teacher',
            student,
            objective: {
              name: 'ppo',
              ...ppo.build(ppo.options.parse({ clipRange: { linear: { from: 0.2, to: 0 } } })),
            },
            estimator: meanEstimator({ clipNorm: 0.5 }),
            optimizer: { name: 'adam', ...adamRule({ beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0 }) },
            learningRate: 0.01,
          },
        ],
        teachers: [],
        source: ppoRollouts(small),
        steps: 20,
      };
    },
  });
});

test('tensors of a batch are disposed when the next is asked for', async () => {
  const student = smallActorCritic(Rng.root(2));
  const before = tf.memory().numTensors;
  let count = 0;
  for await (const batch of ppoRollouts(small).batches({ student, teachers: [], rng: Rng.root(1) })) {
    assert.equal(tf.memory().numTensors, before + 6, `x and five extras, of batch ${count}`);
    assert.equal(batch.size, 6);
    if (++count === 12) break;
  }
  assert.equal(tf.memory().numTensors, before);
});

test('a budget of environment steps is turned into updates', () => {
  assert.equal(updatesFor(100, small), 4 * 2 * 4);
  assert.equal(updatesFor(1, small), 2 * 4);
});

test('what does not fit together is refused', async () => {
  const refused = (pattern: RegExp) => (error: unknown) => error instanceof KdlabError && pattern.test(error.message);
  assert.throws(
    () => ppoRollouts({ ...small, minibatches: 5 }),
    refused(/3 environments × 8 steps do not divide into 5/),
  );
  assert.throws(() => ppoRollouts({ ...small, id: 'CartPol-v1' }), refused(/did you mean "CartPole-v1"/));
  await assert.rejects(
    take(ppoRollouts(small), 1, smallPolicy(Rng.root(1))),
    refused(/student student has no tap "value"/),
  );
});
