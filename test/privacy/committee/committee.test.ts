import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { committee } from '../../../privacy/committee/model';
import { committeeCrossEntropy } from '../../../privacy/committee/objective';
import { committeeSource } from '../../../privacy/committee/source';
import { logitsOfMembers, votesOf } from '../../../privacy/committee/votes';
import { KdlabError } from '../../../src/core/errors';
import { disposeParams, saveVariables } from '../../../src/core/params';
import { train } from '../../../src/core/trainer';
import type { Batch, Model, Objective, Source } from '../../../src/core/types';
import { shapes } from '../../../src/data/shapes';
import mean from '../../../src/estimators/mean';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';
import crossEntropy from '../../../src/objectives/cross-entropy';
import adam from '../../../src/optimizers/adam';

const { train: examples, inputShape } = shapes({ train: 60, test: 1 });
const rng = Rng.root(0);
const member = (i: number) => mlp({ id: `m${i}`, input: 784, hidden: [6], classes: 10, rng: rng.split('init', i) });
const parts = [0, 1, 2].map((part) => Int32Array.from({ length: 20 }, (_, i) => 3 * i + part));
const options = { examples, inputShape, batchSize: 5, flatten: true };

async function trained(student: Model, objective: Objective, source: Source, steps: number): Promise<void> {
  await train(
    {
      name: 'stage',
      title: '',
      learners: [
        {
          name: 'learner',
          student,
          objective,
          estimator: mean.build(mean.options.parse({})),
          optimizer: { name: 'adam', ...adam.build(adam.options.parse({})) },
          learningRate: 0.01,
        },
      ],
      teachers: [],
      source,
      steps,
    },
    { rng, logEvery: 100, onMetrics: () => {}, checkpoint: () => {}, interrupted: () => false },
  );
}

async function firstBatches(source: Source, count: number): Promise<{ x: number[]; labels: number[] }[]> {
  const found: { x: number[]; labels: number[] }[] = [];
  for await (const batch of source.batches({ student: member(9), teachers: [], rng })) {
    found.push({ x: Array.from(batch.x.dataSync()), labels: Array.from(batch.extras!.labels!.dataSync()) });
    if (found.length === count) break;
  }
  return found;
}

describe('a committee', () => {
  test('trains every member as it would be trained by itself', async () => {
    const members = [0, 1, 2].map(member);
    const whole = committee('committee', members);
    await trained(whole, committeeCrossEntropy(3), committeeSource({ ...options, parts }), 9);

    const alone = member(1);
    /** The same batches, of the second member's part alone. */
    const source: Source = {
      ...committeeSource({ ...options, parts }),
      batches: async function* (context) {
        for await (const batch of committeeSource({ ...options, parts }).batches(context)) {
          const own: Batch = {
            x: tf.tidy(() => tf.slice(batch.x, [0, 1, 0], [5, 1, 784]).reshape([5, 784])),
            y: tf.tidy(() => tf.slice(batch.extras!.labels!, [0, 1], [5, 1]).reshape([5])) as tf.Tensor1D,
            size: 5,
          };
          yield own;
          tf.dispose([own.x, own.y!]);
        }
      },
    };
    await trained(alone, { name: 'cross-entropy', ...crossEntropy.build({}) }, source, 9);
    const [together, separate] = [saveVariables(members[1]!.params), saveVariables(alone.params)];
    for (const [name, values] of Object.entries(separate))
      values.forEach((value, i) => {
        assert.ok(Math.abs(value - together[name]![i]!) < 1e-5, `${name}[${i}]: ${together[name]![i]}, alone ${value}`);
      });
    for (const model of [...members, alone]) disposeParams(model.params);
  });

  test('a member’s answer depends on its own input alone', () => {
    const whole = committee('committee', [0, 1, 2].map(member));
    const logits = tf.tidy(() => {
      const x = tf.tensor(rng.split('x').uniform(2 * 3 * 784), [2, 3, 784]);
      const changed = tf.concat([tf.slice(x, [0, 0, 0], [2, 2, 784]), tf.zeros([2, 1, 784])], 1);
      return [x, changed].map((input) => whole.forward({ x: input, size: 2 }, { training: false }).logits.arraySync());
    });
    for (const row of [0, 1]) {
      assert.deepEqual(logits[1]![row]!.slice(0, 20), logits[0]![row]!.slice(0, 20));
      assert.notDeepEqual(logits[1]![row]!.slice(20), logits[0]![row]!.slice(20));
    }
    disposeParams(whole.params);
  });

  test('members of unlike shapes, or none, are refused', () => {
    const other = mlp({ id: 'other', input: 10, hidden: [], classes: 10, rng });
    assert.throws(() => committee('c', [member(0), other]), /differ in shape/);
    assert.throws(() => committee('c', []), KdlabError);
  });
});

describe('its source', () => {
  test('gives every member all of its part and nothing else, once an epoch', async () => {
    const source = committeeSource({ ...options, parts });
    assert.equal(source.stepsPerEpoch, 4);
    const seen = [0, 1, 2].map(() => new Set<string>());
    for (const { x } of await firstBatches(source, 4))
      for (let row = 0; row < 5; row++)
        for (const m of [0, 1, 2]) {
          const at = (row * 3 + m) * 784;
          seen[m]!.add(
            x
              .slice(at, at + 784)
              .map((v) => Math.round(255 * v))
              .join(),
          );
        }
    parts.forEach((part, m) => {
      const own = new Set(Array.from(part, (id) => examples.images.subarray(id * 784, (id + 1) * 784).join()));
      assert.deepEqual(seen[m], own);
    });
  });

  test('goes on where it was saved', async () => {
    const through = await firstBatches(committeeSource({ ...options, parts }), 6);
    const first = committeeSource({ ...options, parts });
    await firstBatches(first, 3);
    const second = committeeSource({ ...options, parts });
    second.load(first.save());
    assert.deepEqual(await firstBatches(second, 3), through.slice(3));
  });

  test('leaks no tensors, refuses empty parts and batches larger than one', async () => {
    const ofModel = Object.keys(member(0).params).length;
    const before = tf.memory().numTensors;
    await firstBatches(committeeSource({ ...options, parts }), 2);
    assert.equal(tf.memory().numTensors - before, ofModel);
    assert.throws(() => committeeSource({ ...options, parts: [...parts, new Int32Array()] }), KdlabError);
    assert.throws(() => committeeSource({ ...options, parts, batchSize: 21 }), /has 20 examples/);
  });
});

test('votes: every member has one', () => {
  const members = [0, 1, 2].map(member);
  const ids = Int32Array.of(3, 50, 7);
  const votes = votesOf(logitsOfMembers(members, examples, ids, inputShape, 2), 10);
  assert.deepEqual(
    votes.map((counts) => counts.reduce((a, b) => a + b)),
    [3, 3, 3],
  );
  assert.deepEqual(Array.from(votesOf([Float32Array.of(1, 2, 2), Float32Array.of(0, 0, 1)], 3)[0]!), [0, 1, 1]);
});
