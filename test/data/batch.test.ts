import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { disposeBatch, imageBatch, type Shift } from '../../src/data/batch';

const bytes = (batch: { x: tf.Tensor }) => [...batch.x.dataSync()].map((value) => Math.round(value * 255));
const grid = { images: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9), labels: Uint8Array.of(4), count: 1 };

describe('imageBatch', () => {
  test('gives the named examples as float32 in [0, 1] with their labels and numbers', () => {
    const examples = { images: Uint8Array.of(0, 255, 51, 102, 1, 2), labels: Uint8Array.of(7, 8, 9), count: 3 };
    const before = tf.memory().numTensors;
    const batch = imageBatch(examples, Int32Array.of(2, 0), { inputShape: [1, 2, 1] });
    assert.deepEqual([batch.x.shape, batch.x.dtype, batch.size], [[2, 1, 2, 1], 'float32', 2]);
    assert.deepEqual([...batch.x.dataSync()], [...Float32Array.of(1 / 255, 2 / 255, 0, 1)]);
    assert.deepEqual([...batch.y!.dataSync()], [9, 7]);
    assert.equal(batch.y!.dtype, 'int32');
    assert.deepEqual([...batch.ids!], [2, 0]);
    disposeBatch(batch);
    assert.equal(tf.memory().numTensors, before);
    const flat = imageBatch(examples, Int32Array.of(1), { inputShape: [1, 2, 1], flatten: true });
    assert.deepEqual(flat.x.shape, [1, 2]);
    assert.deepEqual(bytes(flat), [51, 102]);
    disposeBatch(flat);
  });

  test('moves images by whole pixels and fills with zeros', () => {
    const shifted = (shift: Shift) => {
      const batch = imageBatch(grid, Int32Array.of(0), { inputShape: [3, 3, 1], shift: () => shift });
      const found = bytes(batch);
      disposeBatch(batch);
      return found;
    };
    assert.deepEqual(shifted({ down: 0, right: 0 }), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual(shifted({ down: 1, right: 0 }), [0, 0, 0, 1, 2, 3, 4, 5, 6]);
    assert.deepEqual(shifted({ down: 0, right: 1 }), [0, 1, 2, 0, 4, 5, 0, 7, 8]);
    assert.deepEqual(shifted({ down: -1, right: -2 }), [6, 0, 0, 9, 0, 0, 0, 0, 0]);
    assert.deepEqual(shifted({ down: 2, right: -1 }), [0, 0, 0, 0, 0, 0, 2, 3, 0]);
    assert.deepEqual(shifted({ down: 3, right: 0 }), Array(9).fill(0));
  });

  test('keeps the channels of a pixel together', () => {
    const colour = { images: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), labels: Uint8Array.of(0), count: 1 };
    const batch = imageBatch(colour, Int32Array.of(0), { inputShape: [2, 2, 2], shift: () => ({ down: 0, right: 1 }) });
    assert.deepEqual(bytes(batch), [0, 0, 1, 2, 0, 0, 5, 6]);
    disposeBatch(batch);
  });
});
