import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { holm, paired, pairedT, signedRank } from '../../src/math/paired';
import { studentTCentral } from '../../src/math/statistics';

const close = (found: number, expected: number, relative = 1e-9) =>
  assert.ok(Math.abs(found - expected) <= relative * Math.abs(expected), `found ${found}, expected ${expected}`);

const FIRST = [0.0262, 0.0249, 0.0244, 0.0251, 0.0258, 0.024, 0.0249, 0.0262];
const SECOND = [0.0339, 0.0322, 0.034, 0.025, 0.033, 0.0241, 0.0345, 0.03];

describe('Student’s t', () => {
  // scipy 1.17.1: 2 * scipy.stats.t.sf(t, df)
  for (const [t, df, p] of [
    [2.776, 4, 0.05002277831997642],
    [1, 1, 0.5],
    [0.5, 7, 0.6324071356892844],
    [5.2, 9, 0.0005640563874452348],
  ] as const)
    it(`P(|T| > ${t}) with ${df} degrees`, () => close(1 - studentTCentral(t, df), p));

  it('the paired test agrees with scipy, interval and all', () => {
    // scipy.stats.ttest_rel(FIRST, SECOND) and its confidence_interval()
    const { tTest, difference, effect, n } = paired(FIRST, SECOND);
    close(tTest, 0.004738091318349011);
    close(difference.low, -0.008931087328807489);
    close(difference.high, -0.0023689126711925112);
    assert.equal(n, 8);
    close(effect, -4.071859625374545 / Math.sqrt(8));
    // scipy.stats.ttest_1samp([1, 0, -2, 3, 1, 2, 0, 1], 0)
    close(pairedT([1, 0, -2, 3, 1, 2, 0, 1]), 0.1970220721577505);
  });

  it('says what it cannot say', () => {
    assert.ok(Number.isNaN(pairedT([1])));
    assert.ok(Number.isNaN(pairedT([0, 0, 0])));
    assert.equal(pairedT([2, 2, 2]), 0);
    assert.equal(paired([3, 3], [1, 1]).effect, Infinity);
    assert.throws(() => paired([1], [1, 2]), /found 1 and 2/);
    assert.throws(() => studentTCentral(-1, 3), RangeError);
  });
});

describe('the signed-rank test', () => {
  it('agrees with scipy where there are no ties', () => {
    // scipy.stats.wilcoxon(numpy.sin(0.37 * numpy.arange(1, 21)) + 0.4, method='exact')
    const differences = Array.from({ length: 20 }, (_, i) => Math.sin(0.37 * (i + 1)) + 0.4);
    close(signedRank(differences), 0.00830841064453125);
    // scipy.stats.wilcoxon([1, 2, 3, 4, 5], method='exact')
    assert.equal(signedRank([1, 2, 3, 4, 5]), 0.0625);
  });

  it('agrees with scipy where there are ties', () => {
    // scipy.stats.wilcoxon([5,7,3,9,4,6,8,2], [4,7,5,6,3,4,5,1], method=PermutationMethod(n_resamples=inf))
    assert.equal(signedRank([1, 0, -2, 3, 1, 2, 3, 1]), 0.140625);
  });

  it('is the share of sign patterns at least as far out, counted one by one', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: 1, maxLength: 9 }), (differences) => {
        const some = differences.filter((d) => d !== 0);
        if (some.length === 0) return assert.ok(Number.isNaN(signedRank(differences)));
        const rank = (d: number) =>
          some.filter((e) => Math.abs(e) < Math.abs(d)).length +
          (some.filter((e) => Math.abs(e) === Math.abs(d)).length + 1) / 2;
        const away = (signs: readonly number[]) => Math.abs(some.reduce((sum, d, i) => sum + signs[i]! * rank(d), 0));
        const observed = away(some.map(Math.sign));
        let extreme = 0;
        for (let mask = 0; mask < 2 ** some.length; mask++)
          if (away(some.map((_, i) => ((mask >> i) & 1 ? 1 : -1))) >= observed) extreme++;
        close(signedRank(differences), Math.min(1, extreme / 2 ** some.length));
      }),
    );
  });
});

describe('Holm’s adjustment', () => {
  it('agrees with statsmodels', () => {
    // statsmodels.stats.multitest.multipletests([0.01, 0.04, 0.03, 0.005, 0.5], method='holm')[1]
    for (const [i, p] of holm([0.01, 0.04, 0.03, 0.005, 0.5]).entries()) close(p, [0.04, 0.09, 0.09, 0.025, 0.5][i]!);
  });

  it('leaves out what is no test', () => assert.deepEqual(holm([Number.NaN, 0.02, 0.6]), [Number.NaN, 0.04, 0.6]));

  it('never lowers a p, never reorders, never exceeds Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (ps) => {
        const adjusted = holm(ps);
        for (const [i, p] of ps.entries()) {
          assert.ok(adjusted[i]! >= p && adjusted[i]! <= Math.min(1, p * ps.length) + 1e-15);
          for (const [j, q] of ps.entries()) if (p < q) assert.ok(adjusted[i]! <= adjusted[j]!);
        }
      }),
    );
  });
});
