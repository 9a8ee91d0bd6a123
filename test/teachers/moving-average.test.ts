import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { eagerStep } from '../../src/core/step';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import { movingAverage } from '../../src/teachers/moving-average';
import { networkTeacher } from '../../src/teachers/network';
import { viewTeacher } from '../../src/teachers/view';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const network = (seed: number) => mlp({ id: 'm', input: 2, hidden: [], classes: 2, rng: Rng.root(seed) });
const at = { step: 0, epoch: 0, progress: 0 };

test('the average moves a tenth of the way at decay 0.9, the model not at all', () => {
  const [model, average] = [network(1), network(2)];
  const learner = movingAverage('average', model, average, 0.9);
  const values = (params: typeof model.params) => [...params['dense1/kernel']!.dataSync()];
  const [own, before] = [values(model.params), values(average.params)];
  const step = eagerStep({ learner, params: average.params, state: {} }, []);
  step({ x: tf.zeros([1, 2]), size: 1 }, { at, rng: Rng.root(0) }, true);
  assertClose(
    values(average.params),
    before.map((value, i) => 0.9 * value + 0.1 * own[i]!),
  );
  assert.deepEqual(values(model.params), own);
});

test('a teacher on a view sees the extra in place of x, and says what is missing', () => {
  const model = network(3);
  const [x, weak] = [tf.tensor2d([[1, 0]]), tf.tensor2d([[0, 1]])];
  const teacher = viewTeacher(networkTeacher(model), 'weak');
  const found = teacher.signal({ x, extras: { weak }, size: 1 }).logits;
  assertClose(found.dataSync(), model.forward({ x: weak, size: 1 }, { training: false }).logits.dataSync());
  assert.throws(() => teacher.signal({ x, size: 1 }), /teacher m needs "weak".*attaches: none/);
});
