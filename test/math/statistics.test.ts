import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Interval } from '../../src/core/results';
import { Rng } from '../../src/math/rng';
import {
  bootstrap,
  interquartileMean,
  mean,
  quantile,
  standardDeviation,
  studentT,
  studentTQuantile,
  wilson,
} from '../../src/math/statistics';

const close = (found: number, expected: number, tolerance: number) =>
  assert.ok(Math.abs(found - expected) <= tolerance, `found ${found}, expected ${expected} ± ${tolerance}`);

describe('mean and standard deviation', () => {
  // NIST Statistical Reference Datasets, univariate summary statistics: certified values.
  it('match NumAcc1', () => {
    assert.equal(mean([10000001, 10000003, 10000002]), 10000002);
    assert.equal(standardDeviation([10000001, 10000003, 10000002]), 1);
  });

  it('match NumAcc4, which cancels badly', () => {
    const values = [10000000.2];
    for (let i = 0; i < 500; i++) values.push(10000000.1, 10000000.3);
    close(mean(values), 10000000.2, 1e-8);
    close(standardDeviation(values), 0.1, 1e-8);
  });

  it('refuse too few values', () => {
    assert.throws(() => mean([]), /at least 1 value, found 0/);
    assert.throws(() => standardDeviation([1]), /at least 2 values, found 1/);
  });
});

describe('quantile', () => {
  it('interpolates like R type 7', () => {
    const values = [10, 9, 8, 7, 6, 5, 4, 3, 2, 1];
    close(quantile(values, 0.25), 3.25, 1e-12);
    close(quantile(values, 0.9), 9.1, 1e-12);
    assert.equal(quantile(values, 0), 1);
    assert.equal(quantile(values, 1), 10);
    assert.equal(quantile([3, 1], 0.5), 2);
  });

  it('refuses NaN and impossible probabilities', () => {
    assert.throws(() => quantile([1, Number.NaN, 2], 0.5), /NaN/);
    assert.throws(() => quantile([1, 2], 1.5), /\[0, 1\]/);
  });
});

describe('interquartile mean', () => {
  it('averages the middle half', () => {
    assert.equal(interquartileMean([1000, 3, 2, -1000]), 2.5);
    assert.equal(interquartileMean([1, 2, 3, 4, 5, 6, 7, 100]), 4.5);
    assert.equal(interquartileMean([7]), 7);
  });

  it('does not see how far an outlier lies', () => {
    fc.assert(
      fc.property(fc.double({ min: 10, max: 1e9, noNaN: true }), (outlier) => {
        assert.equal(interquartileMean([1, 2, 3, 4, 5, outlier]), interquartileMean([1, 2, 3, 4, 5, 10]));
      }),
    );
  });
});

describe('Student t quantile', () => {
  // Abramowitz & Stegun, table 26.10.
  for (const [degrees, p975, p995] of [
    [1, 12.706, 63.657],
    [2, 4.303, 9.925],
    [3, 3.182, 5.841],
    [4, 2.776, 4.604],
    [5, 2.571, 4.032],
    [10, 2.228, 3.169],
    [19, 2.093, 2.861],
    [30, 2.042, 2.75],
    [120, 1.98, 2.617],
  ] as const)
    it(`matches the table at ${degrees} degrees of freedom`, () => {
      close(studentTQuantile(0.975, degrees), p975, 0.0005);
      close(studentTQuantile(0.995, degrees), p995, 0.0005);
    });

  it('has its closed forms at 1 and 2 degrees', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 0.99, noNaN: true }), (p) => {
        close(studentTQuantile(p, 1), Math.tan(Math.PI * (p - 0.5)), 1e-9);
        close(studentTQuantile(p, 2), (2 * p - 1) / Math.sqrt(2 * p * (1 - p)), 1e-9);
      }),
    );
  });

  it('approaches the Gaussian quantile', () => {
    close(studentTQuantile(0.975, 1_000_000), 1.959964, 1e-5);
  });

  it('refuses fractional degrees', () => {
    assert.throws(() => studentTQuantile(0.975, 2.5), /whole degrees/);
  });
});

describe('Student t interval', () => {
  it('is mean ± t·s/√n', () => {
    // s = √2.5, t(0.975, 4) = 2.7764: half-width 1.9632.
    const interval: Interval = studentT([1, 2, 3, 4, 5]);
    assert.deepEqual([interval.mean, interval.n, interval.method], [3, 5, 'student-t']);
    close(interval.low, 3 - 1.96324, 1e-5);
    close(interval.high, 3 + 1.96324, 1e-5);
  });

  it('is infinite for one observation', () => {
    const { mean: centre, low, high } = studentT([4]);
    assert.deepEqual([centre, low, high], [4, -Infinity, Infinity]);
  });
});

describe('Wilson interval', () => {
  // Newcombe (1998), Statistics in Medicine 17, table I, method 3.
  for (const [successes, trials, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const)
    it(`matches the published one for ${successes} of ${trials}`, () => {
      const interval: Interval = wilson(successes, trials);
      close(interval.low, low, 0.00005);
      close(interval.high, high, 0.00005);
      assert.equal(interval.mean, successes / trials);
    });

  it('stays in [0, 1], holds the proportion, mirrors', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10000 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, share) => {
        const successes = Math.round(share * trials);
        const { low, high, mean: p } = wilson(successes, trials);
        assert.ok(0 <= low && low <= p && p <= high && high <= 1);
        close(wilson(trials - successes, trials).high, 1 - low, 1e-12);
      }),
    );
  });

  it('refuses impossible counts', () => {
    assert.throws(() => wilson(3, 2), /found 3 of 2/);
    assert.throws(() => wilson(0, 0), /found 0 of 0/);
  });
});

describe('bootstrap', () => {
  const rng = Rng.root(7);

  it('finds the binomial quantiles of a half-and-half sample', () => {
    // Resampled means of 50 zeros and 50 ones are Binomial(100, ½)/100: its 2.5 and 97.5 % quantiles are 40 and 60.
    const values = Array.from({ length: 100 }, (_, i) => i % 2);
    const interval: Interval = bootstrap(values, rng, { resamples: 10_000 });
    assert.deepEqual([interval.mean, interval.n, interval.method], [0.5, 100, 'bootstrap']);
    close(interval.low, 0.4, 0.0101);
    close(interval.high, 0.6, 0.0101);
  });

  it('is the same for the same key, whatever the order of the values', () => {
    const values = rng.split('values').normal(30);
    const again = bootstrap(Array.from(values).reverse(), rng.split('a'));
    assert.deepEqual(again, bootstrap(values, rng.split('a')));
    assert.notEqual(again.low, bootstrap(values, rng.split('b')).low);
  });

  it('stays within the sample', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 20 }),
        (values) => {
          const { low, high } = bootstrap(values, rng, { resamples: 100 });
          const slack = 1e-9 * Math.max(...values.map(Math.abs));
          assert.ok(low >= Math.min(...values) - slack && low <= high && high <= Math.max(...values) + slack);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('takes another statistic', () => {
    const values = [1, 2, 3, 4, 5, 6, 7, 1000];
    const interval = bootstrap(values, rng, { statistic: interquartileMean });
    assert.equal(interval.mean, 4.5);
    assert.ok(interval.low >= 1 && interval.high < bootstrap(values, rng).high);
  });

  it('refuses nothing and NaN', () => {
    assert.throws(() => bootstrap([], rng), /at least 1 value/);
    assert.throws(() => bootstrap([1, Number.NaN], rng), /NaN/);
  });
});
