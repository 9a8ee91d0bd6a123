import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { Draws } from '../../src/core/draws';
import { Rng } from '../../src/math/rng';
import decoder from '../../src/models/decoder';
import encoder from '../../src/models/encoder';
import { useEngine } from '../support/engine';
import { assertClose } from '../support/numbers';

before(useEngine);

const LENGTH = 4;
const tokens = { vocabulary: 7, length: LENGTH, pad: 0 };
const options = { layers: 2, width: 8, heads: 2, dropout: 0 };
const anEncoder = (more: object = {}) =>
  encoder.build(encoder.options.parse({ ...options, ...more }), {
    id: 'e',
    inputShape: [LENGTH],
    classes: 3,
    rng: Rng.root(1),
    tokens,
  });
const aDecoder = () =>
  decoder.build(decoder.options.parse(options), { id: 'd', inputShape: [], classes: 7, rng: Rng.root(1), tokens });
const encode = (model: ReturnType<typeof anEncoder>, rows: number[][]) =>
  model.forward({ x: tf.tensor2d(rows, [rows.length, LENGTH]), size: rows.length }, { training: false });
const decode = (model: ReturnType<typeof aDecoder>, flat: number[]) =>
  model.forward({ x: tf.tensor1d(flat), size: flat.length }, { training: false });

test('attention by hand: one head, values mixed by the softmax of scaled products', () => {
  const model = anEncoder({ layers: 1, heads: 1 });
  const { taps } = encode(model, [[1, 3, 4, 2]]);
  const rows = tf.reshape(taps.embedding!, [LENGTH, 8]) as tf.Tensor2D;
  const dense = (part: string): tf.Tensor2D =>
    tf.add(
      tf.matMul(rows, model.params[`layer1/${part}/kernel`] as tf.Tensor as tf.Tensor2D),
      model.params[`layer1/${part}/bias`]!,
    );
  const scores = tf.div(tf.matMul(dense('query'), dense('key'), false, true), Math.sqrt(8));
  assertClose(taps.scores1!.dataSync(), scores.dataSync());
  assertClose(taps.attention1!.dataSync(), tf.softmax(scores).dataSync());
  const relation = tf.softmax(tf.div(tf.matMul(dense('value'), dense('value'), false, true), Math.sqrt(8)));
  assertClose(taps.relation1!.dataSync(), relation.dataSync());
});

test('each sequence for itself; padding is not seen, and its rows are 0', () => {
  const model = anEncoder();
  const one = encode(model, [[1, 3, 0, 0]]);
  const two = encode(model, [
    [1, 6, 5, 4],
    [1, 3, 0, 0],
  ]);
  assertClose(tf.slice(two.logits, [1, 0], [1, 3]).dataSync(), one.logits.dataSync(), 1e-6);
  const attention = tf.slice(one.taps.attention2!, [0, 0, 0, 0], [1, 1, LENGTH, LENGTH]).dataSync();
  for (const [i, value] of attention.entries()) {
    const [query, key] = [Math.floor(i / LENGTH), i % LENGTH];
    assert.equal(value === 0, query > 1 || key > 1, `query ${query}, key ${key}: ${value}`);
  }
  assertClose(tf.slice(one.taps.hidden2!, [0, 2, 0], [1, 2, 8]).dataSync(), Array(16).fill(0));
});

test('a decoder sees what came before only', () => {
  const model = aDecoder();
  const [a, b] = [decode(model, [1, 3, 4, 5]), decode(model, [1, 3, 6, 2])];
  const rows = (of: typeof a, from: number, count: number) => tf.slice(of.logits, [from, 0], [count, 7]).dataSync();
  assertClose(rows(a, 0, 2), rows(b, 0, 2), 1e-6);
  assert.notDeepEqual([...rows(a, 2, 1)], [...rows(b, 2, 1)]);
  const both = decode(model, [1, 3, 4, 5, 1, 3, 6, 2]);
  assertClose(rows(both, 4, 4), rows(b, 0, 4), 1e-6);
  assert.deepEqual(both.taps.attention1!.shape, [8, 2, LENGTH]);
  assert.throws(() => decode(model, [1, 2, 3]), /3 tokens are no whole sequences of 4/);
});

test('gradients equal finite differences', () => {
  const model = anEncoder();
  const rows = [
    [1, 3, 4, 0],
    [1, 6, 5, 2],
  ];
  const loss = () => tf.sum<tf.Scalar>(tf.square(encode(model, rows).logits));
  const { grads } = tf.variableGrads(loss);
  for (const name of ['layer1/query/kernel', 'layer2/network/gain', 'embedding/token', 'classifier/bias']) {
    const variable = model.params[name]!;
    const values = Float32Array.from(variable.dataSync());
    const gradient = grads[variable.name]!.dataSync();
    const at = name === 'embedding/token' ? 3 * 8 + 2 : 1;
    const moved = (by: number) => {
      const changed = values.slice();
      changed[at] = changed[at]! + by;
      variable.assign(tf.tensor(changed, variable.shape));
      return loss().dataSync()[0]!;
    };
    const difference = (moved(1e-2) - moved(-1e-2)) / 2e-2;
    variable.assign(tf.tensor(values, variable.shape));
    assert.ok(
      Math.abs(gradient[at]! - difference) < 2e-2 * Math.max(1e-2, Math.abs(difference)),
      `${name}: ${gradient[at]} ${difference}`,
    );
  }
});

test('dropout draws in training only; a width that heads do not divide is refused', () => {
  const model = anEncoder({ dropout: 0.5 });
  const x = tf.tensor2d([[1, 3, 4, 2]]);
  const logits = (step: number) =>
    model.forward({ x, size: 1 }, { training: true, draws: new Draws(Rng.root(step)) }).logits.dataSync();
  assert.deepEqual(logits(1), logits(1));
  assert.notDeepEqual(logits(1), logits(2));
  assert.throws(() => anEncoder({ width: 9 }), /width 9 is not a multiple of its 2 heads/);
});
