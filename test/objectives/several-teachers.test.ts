import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { FOLDERS } from '../../src/config/training';
import { momentAt } from '../../src/core/moment';
import type { ObjectiveDefinition } from '../../src/core/objective';
import { resolveNamed } from '../../src/core/resolve';
import type { Lesson, Objective } from '../../src/core/types';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';
import { placeOf } from './stand-ins';

before(useEngine);

const at = momentAt({ step: 0, epoch: 0, progress: 0 });
const SEVERAL = ['average-kd', 'vote-kd', 'weighted-kd', 'ca-mkd', 'ae-kd', 'adaptive-attention'];

function build(name: string, options: object, teachers: number, classes = 3): Omit<Objective, 'name'> {
  const definition = resolveNamed<ObjectiveDefinition>('objective', [FOLDERS.objectives], name);
  const place = placeOf(classes);
  const guides = Array.from({ length: teachers }, () => place.teachers[0]!);
  return definition.build(definition.options.parse(options), { ...place, teachers: guides });
}

const log = (p: readonly number[]) => p.map(Math.log);
const kl = (p: readonly number[], q: readonly number[]) => p.reduce((sum, x, i) => sum + x * Math.log(x / q[i]!), 0);

/** One example of label 0: probabilities of the teachers, of the student; the terms at temperature 1. */
function termsOf(built: Omit<Objective, 'name'>, teachers: readonly number[][], student: readonly number[]) {
  const lesson: Lesson = {
    batch: { x: tf.zeros([1, 1]), y: tf.tensor1d([0], 'int32'), size: 1 },
    teachers: teachers.map((p) => ({ logits: tf.tensor2d([log(p)]), taps: {} })),
  };
  const outputs = { logits: tf.tensor2d([log(student)]), taps: { dense: tf.tensor2d([[1, 2, 0, 0, 0, 1]]) } };
  const terms = built.loss(outputs, lesson, at);
  return Object.fromEntries(Object.entries(terms).map(([key, term]) => [key, term.dataSync()[0]!]));
}

const [GOOD, BAD, OWN] = [
  [0.5, 0.25, 0.25],
  [0.1, 0.8, 0.1],
  [0.4, 0.3, 0.3],
];

test('average-kd: the mean of the divergences, or a weighted one, by hand', () => {
  const plain = termsOf(build('average-kd', { temperature: 1 }, 2), [GOOD, BAD], OWN);
  assertClose([plain.soft!], [(kl(GOOD, OWN) + kl(BAD, OWN)) / 2], 1e-6);
  const weighted = termsOf(build('average-kd', { temperature: 1, weights: [3, 1] }, 2), [GOOD, BAD], OWN);
  assertClose([weighted.soft!], [0.75 * kl(GOOD, OWN) + 0.25 * kl(BAD, OWN)], 1e-6);
});

test('vote-kd: cross-entropy with the shares of the decisions, by hand', () => {
  const { votes } = termsOf(build('vote-kd', {}, 3), [GOOD, BAD, GOOD], OWN);
  assertClose([votes!], [-(2 * Math.log(0.4) + Math.log(0.3)) / 3], 1e-6);
});

test('ca-mkd: a teacher counts by how well it predicts the label, by hand', () => {
  // exp(CE) is 1/p: 2 and 10, shares 1/6 and 5/6, weights 5/6 and 1/6.
  const { soft } = termsOf(build('ca-mkd', { temperature: 1 }, 2), [GOOD, BAD], OWN);
  assertClose([soft!], [(5 * kl(GOOD, OWN) + kl(BAD, OWN)) / 6], 1e-6);
});

test('weighted-kd: KL to the mixture and the mixture’s own likelihood, by hand at the start', () => {
  const mixed = GOOD.map((p, i) => (p + BAD[i]!) / 2);
  const { soft, pool } = termsOf(build('weighted-kd', { temperature: 1 }, 2), [GOOD, BAD], OWN);
  assertClose([soft!, pool!], [kl(mixed, OWN), -Math.log(0.3)], 1e-6);
});

test('weighted-kd and adaptive-attention: descent moves weight to the teacher that knows the label', () => {
  for (const name of ['weighted-kd', 'adaptive-attention']) {
    const built = build(name, { temperature: 1 }, 2);
    const [variable] = Object.values(built.params!);
    const lossOf = () => {
      const { soft, pool } = termsOf(built, [GOOD, BAD], OWN);
      return { soft: soft!, pool: pool! };
    };
    const before = lossOf();
    for (let step = 0; step < 40; step++) {
      const { grads } = tf.variableGrads(() => {
        const outputs = { logits: tf.tensor2d([log(OWN)]), taps: { dense: tf.tensor2d([[1, 2, 0, 0, 0, 1]]) } };
        const teachers = [GOOD, BAD].map((p) => ({ logits: tf.tensor2d([log(p)]), taps: {} }));
        const batch = { x: tf.zeros([1, 1]), y: tf.tensor1d([0], 'int32'), size: 1 };
        const terms = Object.values(built.loss(outputs, { batch, teachers }, at));
        return terms.map((term) => tf.sum<tf.Scalar>(term)).reduce((a, b) => tf.add(a, b));
      }, [variable!]);
      variable!.assign(tf.sub(variable!, tf.mul(grads[variable!.name]!, 2)));
    }
    const after = lossOf();
    assert.ok(after.pool < before.pool - 0.3, `${name}: ${before.pool} to ${after.pool}`);
    // All weight on the first teacher: its own likelihood and divergence.
    assertClose([after.pool, after.soft], [-Math.log(0.5), kl(GOOD, OWN)], 0.1);
  }
});

test('ae-kd: two teachers that pull in opposite ways with lengths 1 and 3 weigh 3/4 and 1/4', () => {
  // Gradients p_s − p_k: (0.1, −0.1, 0) and −3 times that.
  const [first, second] = [[0.3, 0.4, 0.3], [0.7, 0, 0.3].map((p) => Math.max(p, 1e-9))];
  const found = termsOf(build('ae-kd', { temperature: 1, most: 1 }, 2), [first, second], OWN);
  assertClose([found.soft!], [0.75 * kl(first, OWN) + 0.25 * kl(second, OWN)], 1e-4);
  // No weight above 0.6 is allowed: the nearest is 0.6 and 0.4.
  const bounded = termsOf(build('ae-kd', { temperature: 1, most: 0.6 }, 2), [first, second], OWN);
  assertClose([bounded.soft!], [0.6 * kl(first, OWN) + 0.4 * kl(second, OWN)], 1e-4);
  assert.throws(() => build('ae-kd', { most: 0.3 }, 3), /3 weights of at most 0.3 cannot sum to 1/);
});

test('ae-kd never pulls harder than the average does', () => {
  const gradient = (name: string, options: object, z: number[]) => {
    const built = build(name, { temperature: 1, ...options }, 3, 3);
    const teachers = [0, 1, 2].map((k) => ({ logits: tf.tensor2d([z.slice(3 * k, 3 * k + 3)]), taps: {} }));
    const batch = { x: tf.zeros([1, 1]), size: 1 };
    const by = tf.grad((logits: tf.Tensor) =>
      tf.sum(built.loss({ logits: logits as tf.Tensor2D, taps: {} }, { batch, teachers }, at).soft!),
    )(tf.tensor2d([z.slice(9)]));
    return tf.norm(by).dataSync()[0]!;
  };
  fc.assert(
    fc.property(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 12, maxLength: 12 }), (z) => {
      const [least, average] = [gradient('ae-kd', { most: 1 }, z), gradient('average-kd', {}, z)];
      assert.ok(least <= average + 1e-5, `${least} > ${average}`);
    }),
    { numRuns: 15 },
  );
});

for (const name of SEVERAL)
  test(`${name} learns from any number of teachers from two on, and refuses one`, () => {
    const built = build(name, {}, 4);
    assert.equal(built.teachers, 4);
    for (const value of Object.values(termsOf(built, [GOOD, BAD, OWN, GOOD], OWN))) assert.ok(Number.isFinite(value));
    assert.throws(() => build(name, {}, 1), /learns from several teachers, found 1.*or use kd for one/);
  });

for (const name of ['average-kd', 'ca-mkd', 'ae-kd', 'weighted-kd'])
  test(`${name}: its soft term is zero where all agree`, () => {
    assertClose([termsOf(build(name, { temperature: 3 }, 2), [GOOD, GOOD], GOOD).soft!], [0], 1e-6);
  });
