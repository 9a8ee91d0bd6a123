import assert from 'node:assert/strict';
import { test } from 'node:test';
import { thresholdAttacks } from '../../../experiments/results/attacks';
import { shapes } from '../../../src/data/shapes';
import { Rng } from '../../../src/math/rng';
import { mlp } from '../../../src/models/mlp';

test('a network that was trained on nothing tells nothing, though labels go round', () => {
  const dataset = shapes({ train: 900, test: 1500 });
  const model = mlp({ id: 'm', input: 784, hidden: [8], classes: 10, rng: Rng.root(1) });
  const members = Int32Array.from({ length: 500 }, (_, i) => i);
  const metrics = thresholdAttacks(model, dataset, members);
  // Guessing on 500 examples a side shows about 1/√500 = 0.045.
  assert.ok(metrics['attack/advantage']!.mean < 0.12, `${metrics['attack/advantage']!.mean}`);
  assert.ok(Math.abs(metrics['attack/loss/auc']!.mean - 0.5) < 0.06);
});
