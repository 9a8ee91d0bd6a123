import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { momentAt } from '../../src/core/moment';
import type { Batch, Lesson, Model } from '../../src/core/types';
import { behind, judged, teacherBehind } from '../../src/generative/behind';
import { coverage } from '../../src/generative/coverage';
import { generator, generatorSchema } from '../../src/generative/generator';
import dafl from '../../src/generative/objectives/dafl';
import zskt from '../../src/generative/objectives/zskt';
import { Rng } from '../../src/math/rng';
import { cnn } from '../../src/models/cnn';
import { mlp } from '../../src/models/mlp';
import { noise } from '../../src/sources/noise';
import { networkTeacher } from '../../src/teachers/network';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const at = momentAt({ step: 0, epoch: 0, progress: 0 });
const make = (kind: 'dense' | 'convolution', shape: [number, number, number] = [8, 8, 1]) =>
  generator(generatorSchema.parse({ latent: 3, kind, filters: 2, hidden: 5 }), { shape, rng: Rng.root(1) });
const z = (n: number) => tf.tensor2d(Rng.root(4).normal(3 * n), [n, 3]);
const teacher = cnn({ id: 't', input: [8, 8, 1], filters: [2], hidden: 4, classes: 3, rng: Rng.root(2) });
const student = mlp({ id: 's', input: 64, hidden: [4], classes: 3, rng: Rng.root(3) });

test('images in [0, 1], of each latent row for itself', () => {
  for (const kind of ['dense', 'convolution'] as const) {
    const { draw } = make(kind);
    const two = draw(z(2), 2);
    assert.deepEqual(two.shape, [2, 8, 8, 1]);
    assert.ok(two.dataSync().every((pixel) => pixel > 0 && pixel < 1));
    assertClose(draw(z(2).slice([0, 0], [1, 3]), 1).dataSync(), two.slice([0, 0, 0, 0], [1, 8, 8, 1]).dataSync(), 1e-5);
  }
  assert.throws(() => make('convolution', [10, 8, 1]), /10×8 cannot be halved twice; choose kind: dense/);
});

test('a network behind the generator sees its images; flat or not, and with its own parameters only', () => {
  const images = make('convolution');
  const batch: Batch = { x: z(4), size: 4 };
  const seen = images.draw(z(4), 4);
  const expected = student.forward({ x: tf.reshape(seen, [4, 64]), size: 4 }, { training: false }).logits;
  const hidden = behind(images, student);
  assertClose(hidden.forward(batch, { training: false }).logits.dataSync(), expected.dataSync());
  assert.deepEqual(Object.keys(hidden.params), Object.keys(student.params));
  const told = teacherBehind(images, networkTeacher(teacher)).signal(batch).logits;
  assertClose(told.dataSync(), teacher.forward({ x: seen, size: 4 }, { training: false }).logits.dataSync());
});

test('zskt is minus the divergence, dafl its three terms by hand', () => {
  const lesson = { batch: { x: z(1), size: 1 }, teachers: [] } satisfies Lesson;
  const logits = tf.tensor2d([
    [Math.log(3), 0],
    [0, 0],
  ]);
  const place = {
    student: { taps: ['student', 'images', 'teacher/f'] } as unknown as Model,
    teachers: [],
    batch: lesson.batch,
    rng: Rng.root(1),
  };
  const belief = zskt.build({}, place).loss({ logits, taps: { student: tf.zeros([2, 2]) } }, lesson, at).belief!;
  assertClose(belief.dataSync(), [-(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5)), 0]);
  const built = dafl.build(dafl.options.parse({ activation: 2, information: 3 }), place);
  assert.equal(built.coupling, 'batch');
  const terms = built.loss(
    {
      logits,
      taps: {
        'teacher/f': tf.tensor2d([
          [1, -3],
          [0, 1],
        ]),
      },
    },
    lesson,
    at,
  );
  assertClose(terms.oneHot!.dataSync(), [-Math.log(0.75), Math.log(2)]);
  assertClose(terms.activation!.dataSync(), [-2 * 2, -2 * 0.5]);
  // The mean of the terms is β Σ p̄ log p̄ with p̄ = (5/8, 3/8).
  const mean = [...terms.information!.dataSync()].reduce((sum, value) => sum + value / 2, 0);
  assert.ok(Math.abs(mean - 3 * (0.625 * Math.log(0.625) + 0.375 * Math.log(0.375))) < 1e-5);
});

test('the gradient reaches the generator through teacher and student, and equals finite differences', () => {
  for (const kind of ['dense', 'convolution'] as const) {
    const images = make(kind);
    const eye = judged(images, teacher, student);
    const batch: Batch = { x: z(6), size: 6 };
    const place = { student: eye, teachers: [], batch, rng: Rng.root(1) };
    const loss = () => {
      const outputs = eye.forward(batch, { training: true });
      const terms = [zskt.build({}, place), dafl.build(dafl.options.parse({}), place)].flatMap((objective) =>
        Object.values(objective.loss(outputs, { batch, teachers: [] }, at)),
      );
      return tf.mean<tf.Scalar>(tf.addN(terms));
    };
    const variable = images.params[kind === 'dense' ? 'dense1/kernel' : 'convolution1/kernel']!;
    const { grads } = tf.variableGrads(loss, [variable as tf.Variable]);
    const gradient = [...grads[variable.name]!.dataSync()];
    const values = Float32Array.from(variable.dataSync());
    const largest = gradient.reduce((best, value, i) => (Math.abs(value) > Math.abs(gradient[best]!) ? i : best), 0);
    const moved = (by: number) => {
      const changed = values.slice();
      changed[largest] = changed[largest]! + by;
      (variable as tf.Variable).assign(tf.tensor(changed, variable.shape));
      return loss().dataSync()[0]!;
    };
    const difference = (moved(2e-3) - moved(-2e-3)) / 4e-3;
    (variable as tf.Variable).assign(tf.tensor(values, variable.shape));
    assert.ok(Math.abs(difference) > 1e-4, `${kind}: the gradient is there`);
    assert.ok(
      Math.abs(gradient[largest]! - difference) < 0.05 * Math.abs(difference),
      `${kind}: ${gradient[largest]} ${difference}`,
    );
  }
});

test('coverage: one image for all latent rows is a collapse', () => {
  const images = make('dense');
  const found = coverage(images, teacher, { rng: Rng.root(5), count: 50, shown: 4 });
  assert.ok(found.classEntropy >= 0 && found.classEntropy <= 1 && found.spread > 0);
  assert.deepEqual([found.images.length, found.images[0]!.length], [4, 64]);
  const { params } = images;
  (params['dense1/kernel'] as tf.Variable).assign(tf.zeros([3, 5]));
  const same = coverage(images, teacher, { rng: Rng.root(5), count: 50, shown: 4 });
  assertClose([same.classEntropy, same.spread], [0, 0], 1e-4);
});

test('noise: by key and step; resumed it goes on with the same numbers', async () => {
  const source = () => noise({ shape: [2], distribution: 'normal', batchSize: 3 });
  const context = { rng: Rng.root(7), student, teachers: [] };
  const read = async (from: ReturnType<typeof noise>, count: number) => {
    const found: number[][] = [];
    for await (const { x } of from.batches(context)) {
      found.push([...x.dataSync()]);
      if (found.length === count) break;
    }
    return found;
  };
  const whole = await read(source(), 4);
  const later = source();
  later.load({ step: 2 });
  assert.deepEqual(await read(later, 2), whole.slice(2));
});
