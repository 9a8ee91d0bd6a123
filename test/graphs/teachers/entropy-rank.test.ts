import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { entropyRank } from '../../../graphs/teachers/entropy-rank';
import type { Model } from '../../../src/core/types';
import { useEngine } from '../../support/engine';
import { assertClose } from '../../support/numbers';

before(useEngine);

test('the rank of a node is the share of nodes that the teacher is surer of; of equals the earlier is first', () => {
  const logits = tf.tensor2d([
    [0, 0],
    [5, 0],
    [1, 0],
    [0, 5],
    [9, 0],
  ]);
  const model = { forward: () => ({ logits, taps: {} }) } as unknown as Model;
  const ranks = entropyRank(model, { x: logits, size: 5 }).dataSync();
  assertClose(ranks, [0.8, 0.2, 0.6, 0.4, 0], 1e-6);
  assert.equal(Math.max(...ranks) < 1, true);
});
