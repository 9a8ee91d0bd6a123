import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entropies, logitConfidences, losses, modifiedEntropies } from '../../../privacy/attacks/scores';
import { entropyScores, lossScores, meanLossAdvantage } from '../../../privacy/attacks/threshold';

const { log } = Math;
/** Logits of given probabilities. */
const answers = (labels: number[], ...probabilities: number[][]) => ({
  logits: Float32Array.from(probabilities.flat(), (p) => log(p)),
  labels: Uint8Array.from(labels),
  classes: probabilities[0]!.length,
});
const near = (found: ArrayLike<number>, expected: number[]) => {
  expected.forEach((value, i) => {
    assert.ok(Math.abs(found[i]! - value) < 1e-6, `${found[i]}, expected ${value}`);
  });
};

test('scores by hand', () => {
  const two = answers([0, 1], [0.7, 0.2, 0.1], [0.5, 0.25, 0.25]);
  near(losses(two), [-log(0.7), -log(0.25)]);
  near(entropies(two), [-(0.7 * log(0.7) + 0.2 * log(0.2) + 0.1 * log(0.1)), 1.5 * log(2)]);
  near(modifiedEntropies(two), [
    -0.3 * log(0.7) - 0.2 * log(0.8) - 0.1 * log(0.9),
    -0.75 * log(0.25) - 0.5 * log(0.5) - 0.25 * log(0.75),
  ]);
  near(logitConfidences(two), [log(0.7 / 0.3), log(0.25 / 0.75)]);
});

test('a confidence that rounds to 1 is still told apart', () => {
  const sure = { logits: Float32Array.of(60, 0, 90, 0), labels: Uint8Array.of(0, 0), classes: 2 };
  near(logitConfidences(sure), [60, 90]);
  assert.ok(modifiedEntropies(sure).every((value) => value >= 0 && value < 1e-20));
});

test('lower loss and lower entropy speak for members', () => {
  const target = { members: answers([0], [0.9, 0.1]), others: answers([0], [0.6, 0.4]) };
  for (const { members, others } of [lossScores(target), entropyScores(target)]) assert.ok(members[0]! > others[0]!);
});

test('Yeom: the mean training loss as threshold', () => {
  // Member losses 0.105, 0.511: mean 0.308. Others 0.223 (below), 0.916, 1.609.
  const target = {
    members: answers([0, 0], [0.9, 0.1], [0.6, 0.4]),
    others: answers([0, 0, 0], [0.8, 0.2], [0.4, 0.6], [0.2, 0.8]),
  };
  assert.ok(Math.abs(meanLossAdvantage(target) - (1 / 2 - 1 / 3)) < 1e-12);
});
