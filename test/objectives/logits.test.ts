import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { FOLDERS } from '../../src/config/training';
import { momentAt } from '../../src/core/moment';
import type { ObjectiveDefinition } from '../../src/core/objective';
import { resolveNamed } from '../../src/core/resolve';
import type { Terms } from '../../src/core/types';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';
import { placeOf } from './stand-ins';

before(useEngine);

const at = momentAt({ step: 0, epoch: 0, progress: 0 });

function terms(name: string, options: object, teacher: number[][], student: number[][], labels: number[]): Terms {
  const definition = resolveNamed<ObjectiveDefinition>('objective', [FOLDERS.objectives], name);
  const built = definition.build(definition.options.parse(options), placeOf(student[0]!.length));
  const batch = {
    x: tf.zeros([labels.length, 1]),
    y: tf.tensor1d(labels, 'int32'),
    size: labels.length,
  };
  return built.loss(
    { logits: tf.tensor2d(student), taps: {} },
    { batch, teachers: [{ logits: tf.tensor2d(teacher), taps: {} }] },
    at,
  );
}

const valuesOf = (found: Terms) =>
  Object.fromEntries(Object.entries(found).map(([key, term]) => [key, [...term.dataSync()]]));
const log = (...p: number[]) => p.map(Math.log);
const kl = (p: number[], q: number[]) => p.reduce((sum, x, i) => sum + x * Math.log(x / q[i]!), 0);

test('dkd: the label’s class against the rest, and the rest among themselves, by hand', () => {
  // p_t = (1/2, 1/4, 1/4), p_s = (1/4, 1/4, 1/2), label 0: (1/2, 1/2) ‖ (1/4, 3/4) and (1/2, 1/2) ‖ (1/3, 2/3).
  const found = valuesOf(
    terms('dkd', { temperature: 1, alpha: 2, beta: 3 }, [log(0.5, 0.25, 0.25)], [log(0.25, 0.25, 0.5)], [0]),
  );
  assertClose(found.target!, [2 * kl([0.5, 0.5], [0.25, 0.75])]);
  assertClose(found.others!, [3 * kl([0.5, 0.5], [1 / 3, 2 / 3])]);
});

test('dkd with α = 1 and β = 1 − p_y of the teacher is the KL of the whole (Zhao 2022, eq. 5)', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: -4, max: 4, noNaN: true }), { minLength: 8, maxLength: 8 }),
      fc.integer({ min: 0, max: 3 }),
      (z, label) => {
        const [t, s] = [z.slice(0, 4), z.slice(4)];
        const rest = 1 - Math.exp(t[label]!) / t.reduce((sum, x) => sum + Math.exp(x), 0);
        const { target, others } = valuesOf(terms('dkd', { temperature: 1, beta: rest }, [t], [s], [label]));
        const { soft } = valuesOf(terms('kd', { temperature: 1, alpha: 1 }, [t], [s], [label]));
        assertClose([target![0]! + others![0]!], soft!, 2e-5);
      },
    ),
    { numRuns: 30 },
  );
});

test('nkd: cross-entropies of the label’s probability and of the normalised rest, by hand', () => {
  const found = valuesOf(
    terms('nkd', { temperature: 1, gamma: 1.5 }, [log(0.5, 0.1, 0.4)], [log(0.25, 0.25, 0.5)], [0]),
  );
  assertClose(found.target!, [-0.5 * Math.log(0.25)]);
  assertClose(found.others!, [-1.5 * (0.2 * Math.log(1 / 3) + 0.8 * Math.log(2 / 3))]);
});

test('logit-std: by hand; scale and shift of a row change nothing', () => {
  // (0, 1, 2) has mean 1 and deviation 1; (2, 4, 0) has mean 2 and deviation 2: standardised (−1, 0, 1) and (0, 1, −1).
  const softmax = (z: number[]) => {
    const e = z.map((x) => Math.exp(x / 2));
    return e.map((x) => x / e.reduce((a, b) => a + b));
  };
  const { soft } = valuesOf(terms('logit-std', { temperature: 2 }, [[0, 1, 2]], [[2, 4, 0]], [0]));
  assertClose(soft!, [4 * kl(softmax([-1, 0, 1]), softmax([0, 1, -1]))], 1e-5);
  assertClose(valuesOf(terms('logit-std', {}, [[1, -2, 5]], [[13, 10, 17]], [0])).soft!, [0]);
  assertClose(valuesOf(terms('logit-std', {}, [[1, -2, 5]], [[2, -4, 10]], [0])).soft!, [0]);
});

test('js: by hand, symmetric at β = 1/2 and never above ln 2; KL at both ends', () => {
  const [p, q] = [
    [0.5, 0.5],
    [0.9, 0.1],
  ];
  const of = (options: object, a: number[], b: number[]) =>
    valuesOf(terms('js', options, [log(...a)], [log(...b)], [0])).js![0]!;
  const m = [0.7, 0.3];
  assertClose([of({}, p, q)], [(kl(p, m) + kl(q, m)) / 2]);
  assertClose([of({}, p, q)], [of({}, q, p)]);
  assert.ok(of({}, [1 - 1e-7, 1e-7], [1e-7, 1 - 1e-7]) <= Math.log(2) + 1e-6);
  assertClose([of({ beta: 1e-3 }, p, q) / 1e-3], [kl(p, q)], 2e-3);
  assertClose([of({ beta: 1 - 1e-3 }, p, q) / 1e-3], [kl(q, p)], 2e-3);
});

for (const [name, options] of [
  ['dkd', {}],
  ['js', { beta: 0.3, temperature: 2 }],
  ['logit-std', {}],
  ['ctkd', {}],
  ['mse-logits', {}],
] as const)
  test(`${name} is zero where student and teacher agree`, () => {
    const z = [
      [1, -2, 0.5],
      [3, 3, -1],
    ];
    for (const term of Object.values(valuesOf(terms(name, options, z, z, [0, 2])))) assertClose(term, [0, 0]);
  });

test('label-smoothing and tf-kd by hand', () => {
  const p = [0.5, 0.25, 0.25];
  const [smoothed] = valuesOf(terms('label-smoothing', { epsilon: 0.3 }, [p], [log(...p)], [0])).smoothed!;
  assertClose([smoothed!], [0.8 * Math.log(2) + 0.2 * Math.log(4)]);
  // The teacher made by hand is (0.9, 0.05, 0.05), softened as softmax at T = 1/2.
  const e = [0.9, 0.05, 0.05].map((x) => Math.exp(2 * x));
  const virtual = e.map((x) => x / e.reduce((a, b) => a + b));
  const found = valuesOf(terms('tf-kd', { confidence: 0.9, temperature: 0.5, alpha: 0.25 }, [p], [log(...p)], [0]));
  assertClose(found.hard!, [0.75 * Math.log(2)]);
  assertClose(found.soft!, [0.25 * kl(virtual, p)]);
});

test('ctkd begins at the middle of its range, and its temperature learns against the student', () => {
  const definition = resolveNamed<ObjectiveDefinition>('objective', [FOLDERS.objectives], 'ctkd');
  for (const [scope, rows] of [
    ['global', 1],
    ['class', 3],
    ['example', 6],
  ] as const) {
    const built = definition.build(definition.options.parse({ scope, range: 6, lambda: 0.5 }), placeOf(3));
    const [t, s] = [
      [2, 0, 1],
      [0, 1, 1],
    ];
    const batch = { x: tf.zeros([1, 1]), y: tf.tensor1d([1], 'int32'), size: 1 };
    const loss = () =>
      tf.sum<tf.Scalar>(
        built.loss(
          { logits: tf.tensor2d([s]), taps: {} },
          { batch, teachers: [{ logits: tf.tensor2d([t]), taps: {} }] },
          at,
        ).soft!,
      );
    const theta = built.params!.temperature!;
    assert.deepEqual(theta.shape, [rows, 1]);
    // T = 1 + 6·sigmoid(0) = 4 in every scope.
    const expected = valuesOf(terms('kd', { temperature: 4, alpha: 1 }, [t], [s], [1])).soft!;
    assertClose(loss().dataSync(), expected, 1e-5);
    const gradient = tf.variableGrads(loss, [theta]).grads[theta.name]!.dataSync();
    const values = theta.dataSync().slice();
    const numeric = [...values].map((_, i) => {
      const moved = (by: number) => {
        theta.assign(
          tf.tensor(
            values.map((v, k) => v + (k === i ? by : 0)),
            [rows, 1],
          ),
        );
        return loss().dataSync()[0]!;
      };
      return (moved(1e-2) - moved(-1e-2)) / 2e-2;
    });
    assertClose(
      gradient,
      numeric.map((slope) => -0.5 * slope),
      1e-3,
    );
  }
});
