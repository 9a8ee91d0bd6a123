import assert from 'node:assert/strict';
import path from 'node:path';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { FOLDERS } from '../../src/config/training';
import { momentAt } from '../../src/core/moment';
import type { ObjectiveDefinition } from '../../src/core/objective';
import { restoreVariables, saveVariables } from '../../src/core/params';
import { namesIn, resolveNamed } from '../../src/core/resolve';
import type { Lesson } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { useEngine } from '../support/engine';
import { assertClose, assertGradient } from '../support/numbers';
import { extrasOf, outputsOf, placeOf } from './stand-ins';

const folders = [FOLDERS.objectives, path.resolve(__dirname, '../../envs/objectives')];
const at = momentAt({ step: 0, epoch: 0, progress: 0 });

function build(name: string, options: object = {}) {
  const definition = resolveNamed<ObjectiveDefinition>('objective', folders, name);
  return definition.build(definition.options.parse(options), placeOf(4));
}

function lesson(teacher: number[][], labels: number[]): Lesson {
  return {
    batch: { x: tf.zeros([labels.length, 1]), y: tf.tensor1d(labels, 'int32'), size: labels.length },
    teachers: [{ logits: tf.tensor2d(teacher, [teacher.length, teacher[0]?.length ?? 0]), taps: {} }],
  };
}

before(useEngine);

test('kd: loss and gradient computed by hand', () => {
  // Teacher logits (2 ln 3, 0), T = 2: p_t = (3/4, 1/4). Student logits (0, 0): p_s = (1/2, 1/2) at any temperature.
  const kd = build('kd', { temperature: 2, alpha: 0.75 });
  const given = lesson([[2 * Math.log(3), 0]], [0]);
  const student = tf.tensor2d([[0, 0]]);
  const terms = kd.loss({ logits: student, taps: {} }, given, at);
  const kl = 0.75 * Math.log(1.5) + 0.25 * Math.log(0.5);
  assertClose(terms.soft!.dataSync(), [0.75 * 4 * kl]);
  assertClose(terms.hard!.dataSync(), [0.25 * Math.log(2)]);
  // d soft/dz = αT²·(p_s − p_t)/T, d hard/dz = (1−α)(p_s − onehot).
  const gradient = tf.grad((z: tf.Tensor) => {
    const { soft, hard } = kd.loss({ logits: z as tf.Tensor2D, taps: {} }, given, at);
    return tf.sum(tf.add(soft!, hard!));
  })(student);
  assertClose(gradient.dataSync(), [0.75 * 2 * -0.25 + 0.25 * -0.5, 0.75 * 2 * 0.25 + 0.25 * 0.5]);
});

test('kd: the soft term is zero where student and teacher agree, and needs no labels at alpha 1', () => {
  const kd = build('kd', { temperature: 3, alpha: 1 });
  const z = [[1, -2, 0.5]];
  const { batch, teachers } = lesson(z, [0]);
  const terms = kd.loss({ logits: tf.tensor2d(z), taps: {} }, { batch: { x: batch.x, size: 1 }, teachers }, at);
  assert.deepEqual(Object.keys(terms), ['soft']);
  assertClose(terms.soft!.dataSync(), [0]);
  assert.throws(
    () =>
      build('kd', { alpha: 0.5 }).loss(
        { logits: tf.tensor2d(z), taps: {} },
        { batch: { x: batch.x, size: 1 }, teachers },
        at,
      ),
    /kd needs labels/,
  );
});

test('kd: the gradient keeps its scale as the temperature grows', () => {
  const given = lesson([[3, 1, -1]], [0]);
  const student = tf.tensor2d([[0.1, 0.2, 0.3]]);
  const norm = (temperature: number) => {
    const kd = build('kd', { temperature, alpha: 1 });
    const gradient = tf.grad((z: tf.Tensor) =>
      tf.sum(kd.loss({ logits: z as tf.Tensor2D, taps: {} }, given, at).soft!),
    )(student);
    return tf.norm(gradient).dataSync()[0]!;
  };
  // In the limit it is that of ½‖z_t − z_s‖²/c with centred logits (Hinton 2015, eq. 4).
  assert.ok(Math.abs(norm(50) / norm(100) - 1) < 0.02);
});

test('kd: the temperature may follow a schedule', () => {
  const kd = build('kd', { temperature: { linear: { from: 4, to: 1 } }, alpha: 1 });
  const given = lesson([[2, 0]], [0]);
  const value = (progress: number) =>
    kd
      .loss({ logits: tf.tensor2d([[0, 1]]), taps: {} }, given, momentAt({ step: 0, epoch: 0, progress }))
      .soft!.dataSync()[0]!;
  const fixed = build('kd', { temperature: 1, alpha: 1 });
  assert.equal(value(1), fixed.loss({ logits: tf.tensor2d([[0, 1]]), taps: {} }, given, at).soft!.dataSync()[0]);
  assert.notEqual(value(0), value(1));
});

test('cross-entropy and mse-logits by hand', () => {
  const given = lesson([[1, 3]], [1]);
  const outputs = { logits: tf.tensor2d([[0, Math.log(3)]]), taps: {} };
  assertClose(build('cross-entropy').loss(outputs, given, at).hard!.dataSync(), [Math.log(4 / 3)]);
  assertClose(build('mse-logits').loss(outputs, given, at).mse!.dataSync(), [(1 + (3 - Math.log(3)) ** 2) / 2]);
});

test('policy-kl sharpens the teacher only', () => {
  const given = lesson([[0.01 * Math.log(3), 0]], [0]);
  const terms = build('policy-kl', { temperature: 0.01 }).loss({ logits: tf.tensor2d([[0, 0]]), taps: {} }, given, at);
  assertClose(terms.kl!.dataSync(), [0.75 * Math.log(1.5) + 0.25 * Math.log(0.5)], 1e-5);
});

/** Where a sum over many would drown differences in rounding. */
const SMALLER: Readonly<Record<string, object>> = { crd: { memory: 8, temperature: 0.5 } };
/** The weights of their teachers depend on the student and are held while it takes its step: no gradient of the whole. */
const HELD = ['ae-kd', 'adaptive-attention'];

for (const name of namesIn(folders))
  test(`${name}: one term per example, unaffected by the others, gradient equal to finite differences`, () => {
    const rng = Rng.root(3);
    const n = 5;
    const matrix = (label: string) => Array.from({ length: n }, (_, i) => [...rng.split(label, i).normal(4, 0, 2)]);
    const labels = [0, 1, 2, 3, 0];
    const definition = build(name, SMALLER[name]);
    const student = matrix('student');
    /** The lesson of some examples: as many teachers as are needed, each with taps. */
    const given = (rows: readonly number[]): Lesson => ({
      batch: {
        ...lesson(
          [[]],
          rows.map((i) => labels[i]!),
        ).batch,
        extras: extrasOf(rows),
      },
      teachers: Array.from({ length: definition.teachers }, (_, t) =>
        outputsOf('teacher', tf.tensor2d(rows.map((i) => matrix(`teacher${t}`)[i]!))),
      ),
    });
    const initial = saveVariables(definition.state ?? {});
    const lossOf = (logits: tf.Tensor2D, rows: readonly number[]) => {
      restoreVariables(definition.state ?? {}, initial);
      return definition.loss(outputsOf('student', logits), given(rows), at);
    };
    const all = [0, 1, 2, 3, 4];
    const terms = lossOf(tf.tensor2d(student), all);
    for (const term of Object.values(terms)) assert.deepEqual(term.shape, [n]);
    if (definition.coupling === 'example')
      for (const i of all)
        for (const [key, term] of Object.entries(lossOf(tf.tensor2d([student[i]!]), [i])))
          assertClose(term.dataSync(), [terms[key]!.dataSync()[i]!], 1e-5);
    if (HELD.includes(name)) return;
    assertGradient((z) => {
      const sums = Object.values(lossOf(z, all)).map((term) => tf.sum<tf.Scalar>(term));
      return sums.reduce((a, b) => tf.add(a, b));
    }, tf.tensor2d(student));
  });

test('teacher and student of different shapes are refused with both shapes', () => {
  assert.throws(
    () =>
      build('kd').loss(
        { logits: tf.zeros([2, 3]), taps: {} },
        lesson(
          [
            [1, 2],
            [3, 4],
          ],
          [0, 1],
        ),
        at,
      ),
    /teacher has shape \[2,2\], the student \[2,3\].*same number of classes/s,
  );
});
