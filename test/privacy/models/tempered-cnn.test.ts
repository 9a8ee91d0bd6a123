import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import temperedCnn from '../../../privacy/models/tempered-cnn';
import { Rng } from '../../../src/math/rng';
import { useEngine } from '../../support/engine';
import { assertClose } from '../../support/numbers';

before(useEngine);

const place = { id: 'net', inputShape: [28, 28, 1], classes: 10, rng: Rng.root(1) };
const make = (options: object) => temperedCnn.build(temperedCnn.options.parse(options), place);
const logitsOf = (options: object) =>
  tf.tidy(() => {
    const x = tf.tensor(Rng.root(2).normal(2 * 784), [2, 28, 28, 1]);
    const { logits, taps } = make(options).forward({ x, size: 2 }, { training: true });
    assert.deepEqual(Object.keys(taps), ['block1', 'block2', 'dense']);
    return logits.dataSync();
  });

test('on MNIST it has the 26,010 parameters of the published network', () => {
  assert.equal(make({}).cost.parameters, 26_010);
});

test('tanh is the sigmoid of scale 2, temperature 2 and offset 1; other bounds give other logits', () => {
  assertClose(logitsOf({ activation: 'tempered' }), logitsOf({}), 1e-5);
  assert.notDeepEqual(logitsOf({ activation: 'tempered', scale: 1 }), logitsOf({}));
  assert.notDeepEqual(logitsOf({ activation: 'relu' }), logitsOf({}));
});

test('images that two convolutions leave nothing of are refused', () => {
  const options = temperedCnn.options.parse({});
  assert.throws(() => temperedCnn.build(options, { ...place, inputShape: [12, 12, 1] }), /at least 20×20/);
  assert.throws(() => temperedCnn.build(options, { ...place, inputShape: [784] }), /at least 20×20/);
});
