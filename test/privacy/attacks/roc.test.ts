import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { rocOf, tprAt } from '../../../privacy/attacks/roc';
import { KdlabError } from '../../../src/core/errors';
import { logUpperTail, upperTailQuantile } from '../../../src/math/gaussian-tail';
import { Rng } from '../../../src/math/rng';

describe('ROC', () => {
  test('by hand: members 3 2 1, others 2 0', () => {
    const roc = rocOf([3, 2, 1], [2, 0]);
    assert.deepEqual(roc.points, [
      { fpr: 0, tpr: 0 },
      { fpr: 0, tpr: 1 / 3 },
      { fpr: 1 / 2, tpr: 2 / 3 },
      { fpr: 1 / 2, tpr: 1 },
      { fpr: 1, tpr: 1 },
    ]);
    // Of 6 pairs: 3 > 2, 3 > 0, 2 = 2 (half), 2 > 0, 1 > 0.
    assert.ok(Math.abs(roc.auc - 4.5 / 6) < 1e-12);
    assert.equal(roc.advantage, 0.5);
    assert.equal(tprAt(roc, 0.49), 1 / 3);
    assert.equal(tprAt(roc, 0.5), 1);
  });

  test('of two normals a distance apart is the known one', () => {
    const distance = 1.5;
    const n = 40_000;
    const roc = rocOf(Rng.root(0).split('members').normal(n, distance, 1), Rng.root(0).split('others').normal(n));
    const below = (z: number) => 1 - Math.exp(logUpperTail(z));
    assert.ok(Math.abs(roc.auc - below(distance / Math.SQRT2)) < 0.005);
    assert.ok(Math.abs(roc.advantage - (2 * below(distance / 2) - 1)) < 0.01);
    for (const rate of [0.001, 0.01])
      assert.ok(
        Math.abs(tprAt(roc, rate) - Math.exp(logUpperTail(upperTailQuantile(Math.log(rate)) - distance))) < 0.02,
      );
  });

  test('scores in another order, or through a growing function, say the same', () => {
    const scores = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(scores, scores, (members, others) => {
        const roc = rocOf(members, others);
        assert.deepEqual(rocOf([...members].reverse(), others), roc);
        const grown = rocOf(
          members.map((score) => Math.exp(score / 3)),
          others.map((score) => Math.exp(score / 3)),
        );
        assert.deepEqual(grown, roc);
        const turned = rocOf(
          members.map((score) => -score),
          others.map((score) => -score),
        );
        assert.ok(Math.abs(turned.auc + roc.auc - 1) < 1e-12);
        assert.ok(roc.advantage >= 0 && roc.advantage <= 1);
      }),
    );
  });

  test('what cannot be judged is refused', () => {
    assert.throws(() => rocOf([], [1]), KdlabError);
    assert.throws(() => rocOf([Number.NaN], [1]), /a score that is NaN/);
  });
});
