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
  test(`the ${title} network learns by clipped gradients, and by plain ones from the same start`, async () => {
    const arrays = privateArrays(make());
    const losses: [number, number][] = [];
    for (const variant of ['dp', 'plain']) {
      const run = privateTraining(make(), { arrays, variant, random: false });
      losses.push([await run(1), await run(5)]);
    }
    assert.ok(Math.abs(losses[0]![0] - losses[1]![0]) < 1e-5);
    for (const [first, last] of losses) assert.ok(last < first, `${first} → ${last}`);
  });
