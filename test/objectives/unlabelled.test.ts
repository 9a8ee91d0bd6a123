import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { FOLDERS } from '../../src/config/training';
import { momentAt } from '../../src/core/moment';
import type { ObjectiveDefinition } from '../../src/core/objective';
import { resolveNamed } from '../../src/core/resolve';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const at = momentAt({ step: 0, epoch: 0, progress: 1 });
const log = (rows: number[][]) => tf.tensor2d(rows.map((row) => row.map(Math.log)));

/** Three examples, the first of label 0, the others unlabelled; the teacher is sure of the second alone. */
function terms(name: string, options: object) {
  const definition = resolveNamed<ObjectiveDefinition>('objective', [FOLDERS.objectives], name);
  const teacher = {
    logits: log([
      [0.1, 0.9],
      [0.2, 0.8],
      [0.6, 0.4],
    ]),
    taps: {},
  };
  const student = {
    logits: log([
      [0.5, 0.5],
      [0.75, 0.25],
      [0.5, 0.5],
    ]),
    taps: {},
  };
  const batch = { x: tf.zeros([3, 1]), y: tf.tensor1d([0, -1, -1], 'int32'), size: 3 };
  const found = definition.build(definition.options.parse(options)).loss(student, { batch, teachers: [teacher] }, at);
  return Object.fromEntries(Object.entries(found).map(([key, term]) => [key, [...term.dataSync()]]));
}

test('pseudo-label: the label where there is one, a sure decision where there is none, else nothing', () => {
  const { labels, pseudo } = terms('pseudo-label', { threshold: 0.7, weight: 2 });
  assertClose(labels!, [Math.log(2), 0, 0]);
  assertClose(pseudo!, [0, 2 * Math.log(4), 0]);
});

test('pseudo-label with soft targets and no threshold: cross-entropy with the teacher (noisy student)', () => {
  const { pseudo } = terms('pseudo-label', { threshold: 0, soft: true });
  assertClose(pseudo!, [0, -0.2 * Math.log(0.75) - 0.8 * Math.log(0.25), Math.log(2)]);
});

test('consistency: the label where there is one, squared differences of probabilities everywhere', () => {
  const { labels, consistency } = terms('consistency', { weight: 10 });
  assertClose(labels!, [Math.log(2), 0, 0]);
  assertClose(consistency!, [1.6, 3.025, 0.1], 1e-5);
});
