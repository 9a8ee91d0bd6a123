import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attackMetrics, attackModel } from '../../../privacy/attacks/evaluate';
import { liraScores, type Shadows } from '../../../privacy/attacks/lira';
import { fitLogistic } from '../../../privacy/attacks/logistic';
import { rocOf } from '../../../privacy/attacks/roc';
import { shadowScores } from '../../../privacy/attacks/shadow';
import { KdlabError } from '../../../src/core/errors';
import { logUpperTail } from '../../../src/math/gaussian-tail';
import { Rng } from '../../../src/math/rng';

describe('LiRA', () => {
  test('by hand: two networks with and two without one example', () => {
    const shadows: Shadows = {
      confidences: [[4], [6], [1], [3]].map((row) => Float64Array.from(row)),
      inside: [[1], [1], [0], [0]].map((row) => Uint8Array.from(row)),
    };
    // Means 5 and 2, variances 2 and 2: at 4 the log-ratio is −1/4 + 4/4.
    const online = liraScores(Float64Array.of(4), shadows, { mode: 'online', variance: 'example' });
    assert.ok(Math.abs(online[0]! - 0.75) < 1e-12);
    const offline = liraScores(Float64Array.of(4), shadows, { mode: 'offline', variance: 'example' });
    assert.ok(Math.abs(offline[0]! + logUpperTail(Math.SQRT2)) < 1e-12);
  });

  /** Examples of very different difficulty; having one raises its confidence by `gain`, of standard deviation 1. */
  const gain = 2;
  const count = 2000;
  const difficulty = Rng.root(1).split('difficulty').normal(count, 0, 20);
  const inside = (network: number) => Uint8Array.from(difficulty, (_, i) => (i + network) % 2);
  const confidence = (network: number) => {
    const noise = Rng.root(1).split('network', network).normal(count);
    const had = inside(network);
    return Float64Array.from(difficulty, (hard, i) => hard + gain * had[i]! + noise[i]!);
  };
  const networks = Array.from({ length: 64 }, (_, s) => s);
  const shadows: Shadows = { confidences: networks.map(confidence), inside: networks.map(inside) };
  const target = confidence(100);
  const had = inside(100);
  const split = (scores: ArrayLike<number>) =>
    rocOf(
      Array.from(scores).filter((_, i) => had[i] === 1),
      Array.from(scores).filter((_, i) => had[i] === 0),
    );

  test('sees what a threshold on the confidence cannot: the known AUC of two normals', () => {
    const ideal = 1 - Math.exp(logUpperTail(gain / Math.SQRT2));
    assert.ok(split(target).auc < 0.56);
    for (const mode of ['online', 'offline'] as const)
      for (const variance of ['global', 'example'] as const) {
        const { auc } = split(liraScores(target, shadows, { mode, variance }));
        assert.ok(auc > ideal - 0.03 && auc < ideal + 0.02, `${mode}, ${variance}: ${auc}, ideal ${ideal}`);
      }
  });

  test('on a model that nothing was learnt from is guessing', () => {
    const noise = Rng.root(9).normal(count);
    const blind = Float64Array.from(difficulty, (hard, i) => hard + noise[i]!);
    assert.ok(Math.abs(split(liraScores(blind, shadows, { mode: 'online' })).auc - 0.5) < 0.04);
  });

  test('too few shadow networks are refused', () => {
    const few = { confidences: shadows.confidences.slice(0, 3), inside: shadows.inside.slice(0, 3) };
    assert.throws(() => liraScores(target, few, { mode: 'online' }), KdlabError);
  });
});

test('logistic regression: the log-odds of a known model', () => {
  const rows = Array.from(Rng.root(2).split('x').normal(20_000), (x) => Float64Array.of(x));
  const coins = Rng.root(2).split('coin').uniform(rows.length);
  const targets = rows.map(([x], i) => Number(coins[i]! < 1 / (1 + Math.exp(-(0.5 + 2 * x!)))));
  const { score } = fitLogistic(rows, targets);
  assert.ok(Math.abs(score([0]) - 0.5) < 0.1);
  assert.ok(Math.abs(score([1]) - score([0]) - 2) < 0.15);
});

/** Two-class answers with the right class at a logit of `centre` ± 1. */
const answered = (rng: Rng, centre: number, count: number) => {
  const logits = new Float32Array(2 * count);
  rng.normal(count, centre, 1).forEach((value, i) => {
    logits[2 * i + (i % 2)] = value;
  });
  return { logits, labels: Uint8Array.from({ length: count }, (_, i) => i % 2), classes: 2 };
};

test('the shadow attack learns what members look like', () => {
  const world = (seed: number) => ({
    members: answered(Rng.root(seed).split('in'), 2, 800),
    others: answered(Rng.root(seed).split('out'), 0.5, 800),
  });
  const { members, others } = shadowScores(world(1), [world(2), world(3)]);
  const ideal = 1 - Math.exp(logUpperTail(1.5 / Math.SQRT2));
  assert.ok(Math.abs(rocOf(members, others).auc - ideal) < 0.03);
  assert.throws(() => shadowScores(world(1), []), KdlabError);
});

test('metrics of all attacks, the strongest named', () => {
  const target = { members: answered(Rng.root(1), 3, 300), others: answered(Rng.root(2), 0, 300) };
  const metrics = attackMetrics(attackModel(target));
  assert.deepEqual(
    Object.keys(metrics).filter((name) => name.endsWith('auc')),
    ['attack/loss/auc', 'attack/entropy/auc', 'attack/modifiedEntropy/auc'],
  );
  const advantages = Object.entries(metrics).filter(([name]) => /^attack\/\w+\/advantage$/.test(name));
  assert.equal(metrics['attack/advantage']!.mean, Math.max(...advantages.map(([, { mean }]) => mean)));
  assert.ok(metrics['attack/loss/tprAt0.001']!.mean <= metrics['attack/loss/tprAt0.01']!.mean);
});
