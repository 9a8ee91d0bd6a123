import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { buildObjective, objectives } from '../../src/config/objectives';
import { FOLDERS } from '../../src/config/training';
import { momentAt } from '../../src/core/moment';
import { combine } from '../../src/core/objective';
import type { Objective } from '../../src/core/types';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const at = momentAt({ step: 0, epoch: 0, progress: 0.5 });
const lesson = { batch: { x: tf.zeros([2, 1]), size: 2 }, teachers: [] };
const student = { logits: tf.zeros<tf.Rank.R2>([2, 2]), taps: {} };

/** Gives the same loss for both examples. */
const constant = (name: string, value: number, more: Partial<Objective> = {}): Objective => ({
  name,
  needs: {},
  teachers: 0,
  coupling: 'example',
  loss: () => ({ term: tf.fill<tf.Rank.R1>([2], value) }),
  ...more,
});
const valuesOf = (objective: Objective) =>
  Object.fromEntries(
    Object.entries(objective.loss(student, lesson, at)).map(([key, term]) => [key, [...term.dataSync()]]),
  );

test('weights are numbers or schedules; terms of several carry their objective’s name', () => {
  const sum = combine([
    { objective: constant('a', 2), weight: 3 },
    { objective: constant('b', 5), weight: { linear: { from: 0, to: 1, start: 0, end: 1 } } },
    { objective: constant('a', 1), weight: 1 },
  ]);
  assert.equal(sum.name, 'a+b+a');
  assert.deepEqual(valuesOf(sum), { 'a/term': [6, 6], 'b/term': [2.5, 2.5], 'a/term.2': [1, 1] });
});

test('a learned weight is ½·e^−s·L + ½·s, and descent takes e^s to the loss', () => {
  const sum = combine([
    { objective: constant('a', 4), weight: 'learned' },
    { objective: constant('b', 1), weight: 1 },
  ]);
  const s = sum.params!['0.a/logVariance']!;
  assert.deepEqual(valuesOf(sum), { 'a/term': [2, 2], 'a/uncertainty': [0, 0], 'b/term': [1, 1] });
  const loss = () => {
    const terms = Object.values(sum.loss(student, lesson, at));
    return terms.map((term) => tf.mean<tf.Scalar>(term)).reduce((a, b) => tf.add(a, b));
  };
  for (let step = 0; step < 60; step++) {
    const { grads } = tf.variableGrads(loss, [s]);
    s.assign(tf.sub(s, tf.mul(grads[s.name]!, 0.5)));
  }
  assertClose([Math.exp(s.dataSync()[0]!)], [4], 0.02);
});

test('parameters and state of every part are kept apart, and one coupled part couples all', () => {
  const variable = () => tf.variable(tf.scalar(1));
  const sum = combine([
    { objective: constant('a', 1, { params: { w: variable() }, state: { m: variable() } }), weight: 2 },
    { objective: constant('a', 1, { params: { w: variable() }, coupling: 'batch' }), weight: 1 },
  ]);
  assert.deepEqual(Object.keys(sum.params!), ['0.a/w', '1.a/w']);
  assert.deepEqual(Object.keys(sum.state!), ['0.a/m']);
  assert.equal(sum.coupling, 'batch');
});

test('a configuration may learn a weight, and no other word will do', () => {
  const schema = objectives([FOLDERS.objectives]);
  const entries = schema.parse([{ 'cross-entropy': {}, weight: 'learned' }]);
  assert.deepEqual(Object.keys(buildObjective(entries, [FOLDERS.objectives]).params!), ['0.cross-entropy/logVariance']);
  assert.throws(() => schema.parse([{ 'cross-entropy': {}, weight: 'lerned' }]), /weight/);
});
