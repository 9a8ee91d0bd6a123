import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as tf from '@tensorflow/tfjs';
import { Draws, type Path } from '../../src/core/draws';
import { Rng } from '../../src/math/rng';
import { useEngine } from '../support/engine';

before(useEngine);

test('tensors are what the key of that label draws', () => {
  const rng = Rng.root(5);
  const draws = new Draws(rng).split('dropout', 3);
  assert.deepEqual(draws.uniform([2, 5]).dataSync(), rng.split('dropout', 3).uniform(10));
  assert.deepEqual(draws.normal([7]).dataSync(), rng.split('dropout', 3).normal(7));
  assert.deepEqual(draws.normal([3, 0]).shape, [3, 0]);
});

test('whoever asks for keys is told the path of labels, by which the key can be made again', () => {
  const asked: [Path, readonly number[]][] = [];
  const draws = new Draws(Rng.root(5), (rng, path) => {
    asked.push([path, rng.key]);
    return tf.tensor1d([...rng.key], 'int32');
  });
  draws.split('student').split('dropout', 1).uniform([2]);
  assert.deepEqual(asked, [
    [
      [
        ['student', 0],
        ['dropout', 1],
      ],
      Rng.root(5).split('student').split('dropout', 1).key,
    ],
  ]);
});
