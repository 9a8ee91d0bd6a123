import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import { dpSgd, type dpSgdOptions } from '../../../privacy/estimators/dp-sgd';
import { Draws } from '../../../src/core/draws';
import { momentAt } from '../../../src/core/moment';
import { saveVariables } from '../../../src/core/params';
import { eagerStep } from '../../../src/core/step';
import type { Batch, Lesson, Model, Objective, Sampling, Source } from '../../../src/core/types';
import { compiledSteps } from '../../../src/engine/compile';
import { activeMachine } from '../../../src/engine/machine';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';
import crossEntropy from '../../../src/objectives/cross-entropy';
import kd from '../../../src/objectives/kd';
import mseLogits from '../../../src/objectives/mse-logits';
import sgd from '../../../src/optimizers/sgd';
import { useEngine } from '../../support/engine';
import { assertClose } from '../../support/numbers';
import { attention, columns, coupled, normedCnn, placeByPlace } from '../per-example/models';

before(useEngine);

const N = 6;
const POPULATION = 40;
const at = { step: 0, epoch: 0, progress: 0 };

const dense = () => mlp({ id: 'mlp', input: 4, classes: 3, hidden: [5], activation: 'tanh', rng: Rng.root(1) });

const objectives: readonly Objective[] = [
  { name: 'kd', ...kd.build(kd.options.parse({ temperature: 2, alpha: 0.7 })) },
  { name: 'cross-entropy', ...crossEntropy.build(crossEntropy.options.parse({})) },
  { name: 'mse-logits', ...mseLogits.build(mseLogits.options.parse({})) },
];
const labels = objectives[1]!;

function source(
  inputShape: readonly number[],
  sampling: Sampling = { kind: 'poisson', rate: 0.2, population: POPULATION },
) {
  return { sampling, inputShape, augmented: false } as unknown as Source;
}

/** Six examples, of which the third does not count, with a teacher. */
function lessonFor({ inputShape, classes }: Pick<Model, 'inputShape' | 'classes'>, n = N): Lesson {
  const rng = Rng.root(3);
  const size = n * inputShape.reduce((product, length) => product * length, 1);
  const batch: Batch = {
    x: tf.tensor(rng.split('x').normal(size), [n, ...inputShape]),
    y: tf.tensor1d(
      Int32Array.from({ length: n }, (_, i) => i % classes),
      'int32',
    ),
    mask: tf.tensor1d(Float32Array.from({ length: n }, (_, i) => Number(i !== 2))),
    ids: Int32Array.from({ length: n }, (_, i) => i),
    size: n,
  };
  const logits = tf.tensor2d(rng.split('teacher').normal(n * classes), [n, classes]);
  return { batch, teachers: [{ logits, taps: {} }] };
}

function estimate(
  model: Model,
  options: z.input<typeof dpSgdOptions>,
  {
    objective = labels,
    lesson = lessonFor(model),
    seed = 4,
  }: { objective?: Objective; lesson?: Lesson; seed?: number } = {},
) {
  const estimator = dpSgd(options);
  estimator.check({ objective, source: source(model.inputShape), model });
  const { grads, metrics } = estimator.estimate(
    (part) => objective.loss(model.forward(part.batch, { training: true }), part, momentAt(at)),
    lesson,
    model.params,
    new Draws(Rng.root(seed)),
  );
  return { grads, metrics, estimator };
}

const quiet = { noiseMultiplier: 0, clipNorm: 0.7, diagnostics: true } as const;

for (const [title, make] of [
  ['dense layers', dense],
  ['convolutions and group normalisation', normedCnn],
  ['embeddings, attention and layer normalisation', attention],
] as const)
  for (const objective of objectives)
    for (const clipping of ['flat', 'per-layer', 'automatic'] as const)
      test(`${title}, ${objective.name}, ${clipping}: the fast way is one example after the other`, () => {
        const model = make();
        const lesson = lessonFor(model);
        const before = tf.memory().numTensors;
        tf.tidy(() => {
          const [fast, slow] = (['ghost', 'loop'] as const).map((norms) =>
            estimate(model, { ...quiet, clipping, norms }, { objective, lesson }),
          );
          for (const name of Object.keys(model.params))
            assertClose(fast!.grads[name]!.dataSync(), slow!.grads[name]!.dataSync(), 1e-5);
          assertClose(fast!.metrics.loss!.dataSync(), slow!.metrics.loss!.dataSync(), 1e-5);
          assert.equal(fast!.metrics.clipped!.dataSync()[0], slow!.metrics.clipped!.dataSync()[0]);
        });
        assert.equal(tf.memory().numTensors, before);
      });

test('one linear layer by hand: gradients clipped to C, summed, divided by the expected lot', () => {
  // Mean squared error of one logit: g = 2(wx − t)x for examples x = 1, 3 and targets 0: w = 1 gives 2 and 18.
  const model = mlp({ id: 'one', input: 1, classes: 1, hidden: [], rng: Rng.root(0) });
  model.params['dense1/kernel']!.assign(tf.tensor2d([[1]]));
  const objective = objectives[2]!;
  const lesson = (xs: number[]): Lesson => ({
    batch: { x: tf.tensor2d(xs, [xs.length, 1]), size: xs.length },
    teachers: [{ logits: tf.zeros([xs.length, 1]), taps: {} }],
  });
  const raw = (xs: number[]) =>
    estimate(model, { noiseMultiplier: 0, clipNorm: 1e6 }, { objective, lesson: lesson(xs) }).grads;
  const kernel = raw([1])['dense1/kernel']!.dataSync()[0]! * 8;
  assertClose(raw([3])['dense1/kernel']!.dataSync(), [(kernel * 9) / 8], 1e-5);
  const clipped = estimate(model, { noiseMultiplier: 0, clipNorm: 1 }, { objective, lesson: lesson([1, 3]) }).grads;
  // Directions (x, 1)/√(x² + 1), each of length 1; the expected lot is 0.2 · 40 = 8.
  assertClose(clipped['dense1/kernel']!.dataSync(), [(1 / Math.SQRT2 + 3 / Math.sqrt(10)) / 8], 1e-5);
  assertClose(clipped['dense1/bias']!.dataSync(), [(1 / Math.SQRT2 + 1 / Math.sqrt(10)) / 8], 1e-5);
});

const flat = (grads: Readonly<Record<string, tf.Tensor>>) => Object.values(grads).flatMap((g) => [...g.dataSync()]);
const norm = (values: readonly number[]) => Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));

for (const clipping of ['flat', 'per-layer', 'automatic'] as const)
  test(`${clipping}: no example moves the sum by more than C`, () => {
    const model = normedCnn();
    const lesson = lessonFor(model, 2);
    const with2 = flat(estimate(model, { ...quiet, clipping }, { lesson }).grads);
    const only = { ...lesson, batch: { ...lesson.batch, mask: tf.tensor1d([1, 0]) } };
    const with1 = flat(estimate(model, { ...quiet, clipping }, { lesson: only }).grads);
    const moved = norm(with2.map((value, i) => (value - with1[i]!) * 8));
    assert.ok(moved > 0.1 && moved <= quiet.clipNorm * (1 + 1e-5), `moved by ${moved}`);
  });

test('an empty lot gives noise alone, of deviation σC over the expected lot', () => {
  const model = mlp({ id: 'wide', input: 4, classes: 3, hidden: [300], rng: Rng.root(1) });
  const lesson = lessonFor(model, 1);
  const empty = { ...lesson, batch: { ...lesson.batch, mask: tf.zeros<tf.Rank.R1>([1]) } };
  for (const research of [true, false]) {
    const values = flat(estimate(model, { noiseMultiplier: 3, clipNorm: 2, research }, { lesson: empty }).grads);
    const deviation = norm(values) / Math.sqrt(values.length);
    assert.ok(Math.abs(deviation / ((3 * 2) / 8) - 1) < 0.06, `deviation ${deviation} of ${values.length}`);
  }
});

test('noise is drawn once a step, however many parts the lot is taken in', () => {
  const model = dense();
  const lesson = lessonFor(model);
  const at4 = { noiseMultiplier: 1, clipNorm: 0.7, research: true } as const;
  const whole = flat(estimate(model, at4, { lesson }).grads);
  const parts = flat(estimate(model, { ...at4, physicalBatch: 4 }, { lesson }).grads);
  assertClose(parts, whole, 1e-6);
});

test('seeded noise can be drawn again, secret noise cannot; several draws have the same deviation', () => {
  const model = mlp({ id: 'wide', input: 4, classes: 3, hidden: [300], rng: Rng.root(1) });
  const run = (options: object) => flat(estimate(model, { noiseMultiplier: 1e4, clipNorm: 1, ...options }).grads);
  assert.deepEqual(run({ research: true }), run({ research: true }));
  assert.notDeepEqual(run({}), run({}));
  for (const research of [true, false]) {
    const values = run({ research, noiseDraws: 4 });
    assert.ok(Math.abs(norm(values) / Math.sqrt(values.length) / (1e4 / 8) - 1) < 0.06);
  }
});

test('an adaptive bound moves towards the quantile, and is saved', () => {
  const model = dense();
  const clipping = { adaptive: { quantile: 0.5, rate: 1, countNoise: 1e-9 } };
  // All 5 of an expected 8 are within: share ½ + (5 − 2.5)/8.
  const { estimator, grads } = estimate(model, { noiseMultiplier: 0, clipNorm: 1e3, clipping });
  const bound = (estimator.save().clipNorm as Float32Array)[0]!;
  assert.ok(Math.abs(bound / (1e3 * Math.exp(-(2.5 / 8))) - 1) < 1e-5, `C is ${bound}`);
  const fixed = estimate(model, { noiseMultiplier: 0, clipNorm: 1e3 }).grads;
  assertClose(flat(grads), flat(fixed), 1e-6);
  const other = dpSgd({ noiseMultiplier: 0, clipping });
  other.load(estimator.save());
  assert.deepEqual(other.save(), estimator.save());
});

test('the count of an adaptive bound is paid for by more noise on the gradient', () => {
  const model = mlp({ id: 'wide', input: 4, classes: 3, hidden: [300], rng: Rng.root(1) });
  const clipping = { adaptive: { quantile: 0.5, rate: 0.2, countNoise: 0.6 } };
  const lesson = lessonFor(model, 1);
  const empty = { ...lesson, batch: { ...lesson.batch, mask: tf.zeros<tf.Rank.R1>([1]) } };
  const values = flat(
    estimate(model, { noiseMultiplier: 1, clipNorm: 1, clipping, research: true }, { lesson: empty }).grads,
  );
  const raised = 1 / Math.sqrt(1 - 1 / 1.44);
  assert.ok(Math.abs(norm(values) / Math.sqrt(values.length) / (raised / 8) - 1) < 0.06);
  assert.throws(
    () => estimate(model, { noiseMultiplier: 2, clipping }),
    /count alone costs more than noiseMultiplier 2 allows; raise it above 1/,
  );
});

test('what cannot be private is refused before training, with the remedy', () => {
  const model = dense();
  const check = (parts: Partial<{ objective: Objective; source: Source; model: Model }>, options = {}) =>
    dpSgd({ noiseMultiplier: 1, ...options }).check({ objective: labels, source: source([4]), model, ...parts });
  assert.doesNotThrow(() => check({}));
  assert.throws(() => check({ objective: { ...labels, coupling: 'batch' } }), /use an objective of single examples/);
  assert.throws(() => check({ model: { ...model, coupling: 'batch' } }), /use group or layer normalisation/);
  assert.throws(
    () => check({ objective: { ...labels, state: { queue: tf.variable(tf.zeros([2])) } } }),
    /keeps queue of earlier batches/,
  );
  assert.throws(
    () => check({ source: source([4], { kind: 'shuffle' }) }),
    /samples by shuffle.*Use the experiment "private"/,
  );
  assert.throws(() => check({ source: source([4], { kind: 'poisson', rate: 0.1 }) }), /how many units/);
  assert.doesNotThrow(() => check({ source: source([4], { kind: 'full', population: 9 }) }));
  assert.throws(() => check({ model: coupled() }), /mixes examples or orders them unusually/);
  assert.throws(
    () => check({ model: placeByPlace(), source: source([2, 4]) }),
    /mixes examples or orders them unusually/,
  );
  assert.throws(() => check({ model: columns() }), /"kernel" enters by the operation BatchMatMul.*set norms: loop/);
  assert.doesNotThrow(() => check({ model: columns() }, { norms: 'loop' }));
});

test('steps as compiled programs are those of tfjs, and secret noise is drawn anew in each', () => {
  const machine = activeMachine();
  if (machine === undefined) return;
  const run = (compiled: boolean, options: z.input<typeof dpSgdOptions>) => {
    const student = normedCnn();
    const estimator = dpSgd(options);
    estimator.check({ objective: labels, source: source(student.inputShape), model: student });
    const learner = {
      name: 's',
      student,
      objective: labels,
      estimator,
      optimizer: { name: 'sgd', ...sgd.build({ momentum: 0 } as never) },
      learningRate: 0.1,
    };
    const trained = { learner, params: student.params, state: learner.optimizer.init(student.params) };
    const notes: string[] = [];
    const step = (compiled ? compiledSteps(machine, (note) => notes.push(note)) : eagerStep)(trained, []);
    const { batch } = lessonFor(student);
    const seen = [0, 1, 2].map((i) => {
      step(batch, { at: { ...at, step: i }, rng: Rng.root(9).split('step', i) }, false);
      return Object.values(saveVariables(student.params)).flatMap((values) => [...values]);
    });
    assert.deepEqual(notes, []);
    return seen;
  };
  const clipping = { adaptive: { quantile: 0.3, rate: 0.2, countNoise: 3 } };
  const seeded = { noiseMultiplier: 0.5, research: true, clipping };
  assertClose(run(true, seeded)[2]!, run(false, seeded)[2]!, 2e-5);
  const secret = run(true, { noiseMultiplier: 100 });
  const moves = [1, 2].map((i) => secret[i]!.map((value, k) => value - secret[i - 1]![k]!));
  const dot = moves[0]!.reduce((sum, value, k) => sum + value * moves[1]![k]!, 0);
  assert.ok(Math.abs(dot) < 0.35 * norm(moves[0]!) * norm(moves[1]!), 'two steps share their noise');
});
