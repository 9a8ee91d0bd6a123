import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { FOLDERS } from '../../src/config/training';
import { momentAt } from '../../src/core/moment';
import type { ObjectiveDefinition, ObjectivePlace } from '../../src/core/objective';
import { resolveNamed } from '../../src/core/resolve';
import type { Model, Objective, Outputs } from '../../src/core/types';
import { trace } from '../../src/engine/trace';
import { Rng } from '../../src/math/rng';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';
import { outputsOf, placeOf } from './stand-ins';

before(useEngine);

const at = momentAt({ step: 0, epoch: 0, progress: 0 });
const FEATURES = ['at', 'crd', 'fitnets', 'fsp', 'nst', 'pkt', 'review', 'rkd', 'sp', 'vid'];

function build(name: string, options: object = {}, place: ObjectivePlace = placeOf(4)): Omit<Objective, 'name'> {
  const definition = resolveNamed<ObjectiveDefinition>('objective', [FOLDERS.objectives], name);
  return definition.build(definition.options.parse(options), place);
}

/** Outputs with one tap `f` on a side. */
const tapped = (f: tf.Tensor): Outputs => ({ logits: tf.zeros([f.shape[0]!, 2]), taps: { f } });

/** A place whose only tap is `f`, of these shapes. */
function placeWith(student: tf.Tensor, teacher: tf.Tensor): ObjectivePlace {
  const { student: network, rng } = placeOf(2);
  const side = (id: string, outputs: Outputs) => ({ ...network, id, taps: ['f'], forward: () => outputs });
  const [s, t] = [side('student', tapped(student)), side('teacher', tapped(teacher))];
  return {
    student: s as Model,
    teachers: [{ ...t, signal: t.forward }],
    batch: { x: tf.zeros([2, 1]), size: 2 },
    rng,
  };
}

/** The terms of an objective whose taps are both `f`. */
function terms(name: string, options: object, student: tf.Tensor, teacher: tf.Tensor): Record<string, number[]> {
  const built = build(name, options, placeWith(student, teacher));
  const batch = { x: tf.zeros([student.shape[0]!, 1]), size: student.shape[0]! };
  const found = built.loss(tapped(student), { batch, teachers: [tapped(teacher)] }, at);
  return Object.fromEntries(Object.entries(found).map(([key, term]) => [key, [...term.dataSync()]]));
}

const map = (values: number[], h: number, w: number, c: number) =>
  tf.tensor4d(values, [values.length / (h * w * c), h, w, c]);
const PAIR = { student: 'f', teacher: 'f' };
const LAYERS = { layers: ['f'] };

test('at: distance of unit maps of squares, by hand; channels do not count', () => {
  // Squares summed over channels: student (3² , 4²) → (9, 16)/√337; teacher (1 + 1, 0) → (1, 0).
  const [student, teacher] = [map([3, 4], 1, 2, 1), map([1, 1, 0, 0], 1, 2, 2)];
  const apart = (9 / Math.sqrt(337) - 1) ** 2 + (16 / Math.sqrt(337)) ** 2;
  assertClose(terms('at', LAYERS, student, teacher).attention!, [Math.sqrt(apart) / 2], 1e-5);
  assertClose(terms('at', { ...LAYERS, form: 'mean-square' }, student, teacher).attention!, [apart / 2], 1e-5);
  assertClose(
    terms('at', { ...LAYERS, power: 1, form: 'mean-square' }, student, teacher).attention!,
    [((3 / 5 - 1) ** 2 + (4 / 5) ** 2) / 2],
    1e-5,
  );
});

test('at averages the larger map down to the smaller', () => {
  const large = map([1, 3, 5, 7], 2, 2, 1);
  const found = terms('at', LAYERS, large, map([9], 1, 1, 1));
  // One place: every attention map is the number 1.
  assertClose(found.attention!, [0], 1e-6);
});

test('fitnets: half the mean square to the mapped layer, by hand, with maps for flat and for grids', () => {
  const [student, teacher] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[1, 0, 2]])];
  const built = build('fitnets', PAIR, placeWith(student, teacher));
  built.params!.regressor!.assign(tf.tensor2d([1, 0, 1, 1, 1, 0], [2, 3]));
  // r(s) = (3, 2, 1): ½·(4 + 4 + 1)/3.
  const batch = { x: tf.zeros([1, 1]), size: 1 };
  assertClose(built.loss(tapped(student), { batch, teachers: [tapped(teacher)] }, at).hint!.dataSync(), [1.5]);
  const maps = build('fitnets', PAIR, placeWith(tf.zeros([1, 4, 4, 3]), tf.zeros([1, 2, 2, 5])));
  assert.deepEqual(maps.params!.regressor!.shape, [3, 3, 3, 5]);
});

test('nst: squared discrepancy of the channels’ patterns, by hand', () => {
  // Student channels (1,0) and (0,1); teacher one channel (1,1)/√2. Linear: mean of products 1/2, 1, 1/√2.
  const [student, teacher] = [map([1, 0, 0, 1], 1, 2, 2), map([1, 1], 1, 2, 1)];
  assertClose(terms('nst', { ...LAYERS, kernel: 'linear' }, student, teacher).selectivity!, [1.5 - Math.SQRT2], 1e-5);
  // Squared: 1/2, 1, 1/2.
  assertClose(terms('nst', LAYERS, student, teacher).selectivity!, [0.5], 1e-5);
});

const THREE = tf.tidy(() =>
  tf.keep(
    tf.tensor2d([
      [1, 0],
      [0, 1],
      [1, 0],
    ]),
  ),
);
const OTHER = tf.tidy(() =>
  tf.keep(
    tf.tensor2d([
      [1, 0],
      [1, 0],
      [0, 1],
    ]),
  ),
);

test('pkt: KL of the neighbours’ probabilities, by hand', () => {
  // Cosine kernels: student's row 0 has (1/2, 1) for examples 1 and 2, the teacher's (1, 1/2).
  const expected = (2 / 3) * Math.log(2) + (1 / 3) * Math.log(1 / 2);
  const found = terms('pkt', PAIR, THREE, OTHER).neighbourhood!;
  assertClose([found[0]!], [expected], 1e-5);
});

test('sp: rows of the normalised Gram matrices, by hand; the mean is the paper’s ‖·‖²/b²', () => {
  // Student's Gram rows (1,0,1)/√2, (0,1,0), (1,0,1)/√2; teacher's (1,1,0)/√2, (1,1,0)/√2, (0,0,1).
  const h = Math.SQRT1_2;
  const rows = [2 * h * h, h * h + (1 - h) ** 2, h * h + (1 - h) ** 2].map((sum) => sum / 3);
  assertClose(terms('sp', LAYERS, THREE, OTHER).similarity!, rows, 1e-5);
});

test('rkd: distances over their mean and cosines of angles, by hand', () => {
  // Student: a right angle at 0, legs 3 and 4. Teacher: equilateral, all distances equal, all angles 60°.
  const student = tf.tensor2d([
    [0, 0],
    [3, 0],
    [0, 4],
  ]);
  const teacher = tf.tensor2d([
    [0, 0],
    [2, 0],
    [1, Math.sqrt(3)],
  ]);
  const { distance, angle } = terms('rkd', { ...PAIR, distance: 3, angle: 9 }, student, teacher);
  // Mean distance of the student 4; of the teacher's all are 1 after division. Huber is x²/2 here.
  const half = (x: number) => x ** 2 / 2;
  assertClose(
    distance!,
    [half(3 / 4 - 1) + half(0), half(3 / 4 - 1) + half(5 / 4 - 1), half(0) + half(5 / 4 - 1)],
    1e-5,
  );
  // Two ordered pairs at each vertex; cosines 0, 3/5, 4/5 against 1/2.
  assertClose(angle!, [2 * half(0.5), 2 * half(0.1), 2 * half(0.3)], 1e-5);
});

test('vid: Gaussian log likelihood by hand, its variance where it is told to start', () => {
  const [student, teacher] = [tf.tensor2d([[1, 2]]), tf.tensor2d([[4]])];
  const built = build('vid', { ...LAYERS, variance: 2 }, placeWith(student, teacher));
  built.params!.mean1!.assign(tf.tensor2d([1, 1], [2, 1]));
  const batch = { x: tf.zeros([1, 1]), size: 1 };
  const found = built.loss(tapped(student), { batch, teachers: [tapped(teacher)] }, at).information!;
  assertClose(found.dataSync(), [(1 / 2 + Math.log(2)) / 2], 1e-5);
});

test('crd: −log h of the pair − Σ log(1 − h), by hand; the memory holds the newest first', () => {
  const rows = tf.tensor2d([
    [3, 0],
    [0, 5],
  ]);
  const built = build('crd', { ...PAIR, width: 2, memory: 3, temperature: 1, ratio: 2 }, placeWith(rows, rows));
  for (const head of Object.values(built.params!)) head.assign(tf.eye(2));
  for (const memory of Object.values(built.state!))
    memory.assign(
      tf.tensor2d([
        [1, 0],
        [0, 1],
        [-1, 0],
      ]),
    );
  const batch = { x: tf.zeros([2, 1]), size: 2 };
  const loss = () => built.loss(tapped(rows), { batch, teachers: [tapped(rows)] }, at);
  const h = (likeness: number) => Math.exp(likeness) / (Math.exp(likeness) + 2);
  const term = (others: number[]) => -Math.log(h(1)) - others.reduce((sum, x) => sum + Math.log(1 - h(x)), 0);
  const expected = [term([1, 0, -1]), term([0, 1, 0])];
  for (const found of Object.values(loss())) assertClose(found.dataSync(), expected, 1e-5);
  assertClose(built.state!.student!.dataSync(), [1, 0, 0, 1, 1, 0], 1e-5);
  // What has been seen is now among the others.
  assertClose(loss().teacher!.dataSync(), [term([1, 0, 1]), term([0, 1, 0])], 1e-5);
});

test('fsp: products of channels over places, by hand, on the smaller grid', () => {
  const first = map([1, 2, 3, 4], 2, 2, 1);
  const [place, two] = [placeOf(4), (value: number) => map([value], 1, 1, 1)];
  const side = (value: number): Outputs => ({ logits: tf.zeros([1, 2]), taps: { a: first, b: two(value) } });
  const network = (value: number) => ({ ...place.student, taps: ['a', 'b'], forward: () => side(value) });
  const built = build(
    'fsp',
    { from: 'a', to: 'b' },
    {
      ...place,
      student: network(1),
      teachers: [{ ...network(3), signal: () => side(3) }],
    },
  );
  const batch = { x: tf.zeros([1, 1]), size: 1 };
  // The first layer averages to 2.5: flows 2.5 and 7.5.
  assertClose(built.loss(side(1), { batch, teachers: [side(3)] }, at).flow!.dataSync(), [25]);
});

test('review: the deep map is enlarged into the shallow one; errors at every scale, by hand', () => {
  const side = (a: number, b: number): Outputs => ({
    logits: tf.zeros([1, 2]),
    taps: { a: tf.fill([1, 2, 2, 1], a), b: tf.fill([1, 1, 1, 1], b) },
  });
  const place = placeOf(2);
  const network = { ...place.student, taps: ['a', 'b'], forward: () => side(1, 2) };
  const built = build(
    'review',
    { layers: ['a', 'b'], width: 1 },
    {
      ...place,
      student: network,
      teachers: [{ ...network, signal: () => side(1, 2) }],
    },
  );
  const centre = (value: number) => tf.tensor4d([0, 0, 0, 0, value, 0, 0, 0, 0], [3, 3, 1, 1]);
  for (const [name, value] of Object.entries({ entry1: 1, entry2: 1 }))
    built.params![name]!.assign(tf.fill([1, 1, 1, 1], value));
  built.params!.attention1!.assign(tf.zeros([1, 1, 2, 2]));
  for (const name of ['exit1', 'exit2']) built.params![name]!.assign(centre(1));
  const batch = { x: tf.zeros([1, 1]), size: 1 };
  // Fused ½·1 + ½·2 everywhere, against 4: (2.5)² at 2×2 and at 1×1; the deep one 2 against 5.
  const found = built.loss(side(1, 2), { batch, teachers: [side(4, 5)] }, at).review!;
  assertClose(found.dataSync(), [2.5 ** 2 + 3 ** 2], 1e-5);
});

for (const name of ['at', 'nst', 'pkt', 'rkd', 'sp', 'fsp'])
  test(`${name} is zero where student and teacher agree`, () => {
    const built = build(name, {}, placeOf(4, 'student'));
    const outputs = outputsOf('student', tf.tensor2d(Rng.root(2).normal(20), [5, 4]));
    const batch = { x: tf.zeros([5, 1]), size: 5 };
    for (const term of Object.values(built.loss(outputs, { batch, teachers: [outputs] }, at)))
      assertClose(term.dataSync(), [0, 0, 0, 0, 0], 1e-5);
  });

for (const name of FEATURES)
  test(`${name} with its gradient is one program`, () => {
    const built = build(name, name === 'crd' ? { memory: 8 } : {});
    const batch = { x: tf.zeros([5, 1]), size: 5 };
    const graph = trace((scope) => {
      const student = scope.placeholder('student', [5, 4]) as tf.Tensor2D;
      const teacher = outputsOf('teacher', scope.placeholder('teacher', [5, 4]) as tf.Tensor2D);
      return {
        gradient: tf.grad((z: tf.Tensor) => {
          const found = Object.values(
            built.loss(outputsOf('student', z as tf.Tensor2D), { batch, teachers: [teacher] }, at),
          );
          return found.map((term) => tf.sum<tf.Scalar>(term)).reduce((a, b) => tf.add(a, b));
        })(student),
      };
    });
    assert.ok(graph.nodes.length > 0);
  });

test('what couples examples says so', () => {
  const coupled = FEATURES.filter((name) => build(name).coupling === 'batch');
  assert.deepEqual(coupled, ['crd', 'pkt', 'rkd', 'sp']);
});

test('layers that cannot be compared are refused before training, with both shapes and what to do', () => {
  const grids = placeWith(tf.zeros([1, 4, 4, 2]), tf.zeros([1, 3, 3, 2]));
  assert.throws(() => build('at', LAYERS, grids), /student's "f" is 4×4, the teacher's "f" 3×3.*multiples/s);
  const flat = placeWith(tf.zeros([1, 4]), tf.zeros([1, 3, 3, 2]));
  assert.throws(() => build('nst', LAYERS, flat), /the student's "f" has shape \[4\].*flat features/s);
  assert.throws(() => build('fitnets', PAIR, flat), /has shape \[4\], the teacher's "f" \[3,3,2\].*later layer/s);
  assert.throws(() => build('at', { layers: ['block9'] }), /reads the student's "block9"; student has .*block1/);
  const alone = { ...placeOf(4), teachers: [] };
  assert.throws(() => build('fitnets', {}, alone), /fitnets learns from a teacher, found none/);
  const nowhere = resolveNamed<ObjectiveDefinition>('objective', [FOLDERS.objectives], 'fitnets');
  assert.throws(() => nowhere.build(nowhere.options.parse({})), /without telling of either/);
});
