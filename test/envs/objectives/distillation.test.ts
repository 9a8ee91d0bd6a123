import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import advantageDistillation from '../../../envs/objectives/advantage-distillation';
import behaviourCloning from '../../../envs/objectives/behaviour-cloning';
import entropyFloor from '../../../envs/objectives/entropy-floor';
import gaussianKl from '../../../envs/objectives/gaussian-kl';
import greedyNll from '../../../envs/objectives/greedy-nll';
import proximalDistillation from '../../../envs/objectives/proximal-distillation';
import qRegression from '../../../envs/objectives/q-regression';
import teacherCrossEntropy from '../../../envs/objectives/teacher-cross-entropy';
import valueDistillation from '../../../envs/objectives/value-distillation';
import { KdlabError } from '../../../src/core/errors';
import { momentAt } from '../../../src/core/moment';
import type { Objective, Outputs } from '../../../src/core/types';
import { selectEngine } from '../../../src/engine/engine';
import { assertGradient } from '../differences';

before(() => selectEngine());

const at = momentAt({ step: 0, epoch: 0, progress: 0 });
const half = Math.log(2);

interface Given {
  readonly teacher?: number[][];
  readonly student: number[][] | tf.Tensor2D;
  readonly extras?: Record<string, tf.Tensor>;
  readonly taps?: { readonly student: Outputs['taps']; readonly teacher: Outputs['taps'] };
}

/** The only term of an objective, a number for each example. */
function term({ loss }: Omit<Objective, 'name'>, { teacher, student, extras = {}, taps }: Given): tf.Tensor1D {
  const logits = Array.isArray(student) ? tf.tensor2d(student) : student;
  const size = logits.shape[0];
  const teachers = teacher === undefined ? [] : [{ logits: tf.tensor2d(teacher), taps: taps?.teacher ?? {} }];
  const batch = { x: tf.zeros([size, 1]), size, extras };
  const terms = Object.values(loss({ logits, taps: taps?.student ?? {} }, { batch, teachers }, at));
  assert.equal(terms.length, 1);
  assert.deepEqual(terms[0]!.shape, [size]);
  return terms[0]!;
}

function near(found: tf.Tensor, expected: readonly number[]): void {
  const values = [...found.dataSync()];
  assert.equal(values.length, expected.length);
  for (const [i, value] of values.entries()) assert.ok(Math.abs(value - expected[i]!) < 1e-5, `${values}, ${expected}`);
}

test('q-regression: squared distances added over actions, 0 at equality', () => {
  const objective = qRegression.build({});
  const teacher = [
    [1, 2],
    [3, 4],
  ];
  near(
    term(objective, {
      teacher,
      student: [
        [1, 4],
        [3, 4],
      ],
    }),
    [4, 0],
  );
  assertGradient(
    (student) => term(objective, { teacher, student }),
    teacher.map((row) => row.map((q) => q + 0.3)),
  );
});

test('greedy-nll: minus the log-probability of the teacher’s best action', () => {
  near(term(greedyNll.build({}), { teacher: [[0, 3, 1]], student: [[0, Math.log(2), 0]] }), [half]);
});

test('advantage-distillation: what all actions share does not count', () => {
  const objective = advantageDistillation.build({});
  near(term(objective, { teacher: [[1, 3]], student: [[11, 13]] }), [0]);
  near(term(objective, { teacher: [[1, 3]], student: [[12, 13]] }), [1]);
  assertGradient((student) => term(objective, { teacher: [[1, 3, 0]], student }), [[0.2, 1.5, -0.4]]);
});

test('behaviour-cloning: minus the log-probability of the recorded action, refused without one', () => {
  const objective = behaviourCloning.build({});
  near(term(objective, { student: [[0, 0]], extras: { action: tf.tensor1d([1], 'int32') } }), [half]);
  assert.throws(
    () => term(objective, { student: [[0, 0]] }),
    (error) => error instanceof KdlabError && /action/.test(error.message),
  );
});

test('value-distillation: squared distance of the critics, whichever of [n] and [n,1] they give', () => {
  const taps = { student: { value: tf.tensor2d([[1], [2]]) }, teacher: { value: tf.tensor1d([1, 5]) } };
  const rows = [[0], [0]];
  near(term(valueDistillation.build({}), { teacher: rows, student: rows, taps }), [0, 9]);
});

test('entropy-floor: what a policy’s entropy lacks, nothing above the floor', () => {
  const objective = entropyFloor.build({ floor: 0.5 });
  near(
    term(objective, {
      student: [
        [0, 0],
        [40, 0],
      ],
    }),
    [0, 0.5],
  );
});

test('gaussian-kl: by hand in both directions, 0 at equality, gradients of finite differences', () => {
  // N(0, 1) and N(1, 2): log 2 + (1 + 1)/8 − ½, and back: −log 2 + (4 + 1)/2 − ½.
  const [teacher, student] = [[[0, 0]], [[1, half]]];
  const forward = gaussianKl.build({ direction: 'forward' });
  near(term(forward, { teacher, student }), [half + 0.25 - 0.5]);
  near(term(gaussianKl.build({ direction: 'reverse' }), { teacher, student }), [-half + 2.5 - 0.5]);
  near(term(forward, { teacher: student, student }), [0]);
  assertGradient((x) => term(forward, { teacher: [[0.3, -0.2, 0.1, 0.4]], student: x }), [[0.1, 0.5, -0.3, 0.2]]);
  assert.throws(() => term(forward, { teacher: [[1, 2, 3]], student: [[1, 2, 3]] }), /twice as many outputs/);
});

test('teacher-cross-entropy: the expectation over either policy’s actions', () => {
  const given = { teacher: [[Math.log(3), 0]], student: [[0, 0]] };
  const options = teacherCrossEntropy.options.parse({});
  near(term(teacherCrossEntropy.build(options), given), [-0.5 * Math.log(0.75) - 0.5 * Math.log(0.25)]);
  near(term(teacherCrossEntropy.build({ ...options, expectation: 'teacher' }), given), [half]);
});

test('proximal-distillation: the ratio weighs the divergence, never by less than 1 − ε', () => {
  const objective = proximalDistillation.build(proximalDistillation.options.parse({}));
  const divergence = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
  const weighed = (old: number) =>
    term(objective, {
      teacher: [[Math.log(3), 0]],
      student: [[0, 0]],
      extras: { action: tf.tensor1d([0], 'int32'), logProbability: tf.tensor1d([Math.log(old)]) },
    });
  near(weighed(0.25), [2 * divergence]);
  near(weighed(1), [0.8 * divergence]);
});
