import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { normalCdf, parzen, parzenDensity, parzenDraw } from '../../src/math/parzen';
import { Rng } from '../../src/math/rng';

describe('the Parzen estimator', () => {
  it('knows the normal distribution', () => {
    // scipy.stats.norm.cdf
    const golden = { '-3': 0.0013498980316300933, '-0.2': 0.420740290560897, '0.7': 0.758036347776927 };
    for (const [x, p] of Object.entries(golden)) assert.ok(Math.abs(normalCdf(Number(x)) - p) < 2e-7);
  });

  it('is a density on [0, 1] whatever the values', () => {
    const value = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), (values) => {
        const estimate = parzen(values);
        let sum = 0;
        const steps = 4000;
        for (let i = 0; i < steps; i++) sum += parzenDensity(estimate, (i + 0.5) / steps) / steps;
        assert.ok(Math.abs(sum - 1) < 1e-4, String(sum));
      }),
      { numRuns: 30 },
    );
  });

  it('is drawn from as it says', () => {
    const estimate = parzen([0.1, 0.12, 0.15, 0.7]);
    const stream = Rng.root(1).stream();
    const n = 20_000;
    let below = 0;
    for (let i = 0; i < n; i++) if (parzenDraw(estimate, stream) < 0.3) below++;
    let expected = 0;
    for (let i = 0; i < 3000; i++) expected += parzenDensity(estimate, (i + 0.5) / 10_000) / 10_000;
    assert.ok(Math.abs(below / n - expected) < 0.015, `${below / n} against ${expected}`);
  });
});
