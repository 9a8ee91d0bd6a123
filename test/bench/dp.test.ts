import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { privateCnn, privateMlp } from '../../bench/dp/networks';
import { privateArrays, privateTraining } from '../../bench/dp/training';
import { useEngine } from '../support/engine';

before(useEngine);

for (const [title, make] of [
  ['dense', privateMlp],
  ['convolutional', privateCnn],
] as const)
  test(`the ${title} network learns by clipped gradients, and by plain ones from the same start`, () => {
    const arrays = privateArrays(make());
    const losses = ['dp', 'plain'].map((variant) => {
      const run = privateTraining(make(), { arrays, variant, random: false });
      return [run(1), run(5)] as const;
    });
    assert.ok(Math.abs(losses[0]![0] - losses[1]![0]) < 1e-5);
    for (const [first, last] of losses) assert.ok(last < first, `${first} → ${last}`);
  });
