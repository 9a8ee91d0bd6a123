import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { epsilonOf, ORDERS, type Release } from '../../../privacy/accounting/accountant';
import { gaussianDelta, gaussianEpsilon, gaussianNoise } from '../../../privacy/accounting/analytic-gaussian';
import { centralLimitMu } from '../../../privacy/accounting/gdp';
import { release } from '../../../privacy/accounting/mechanism';
import { Moments } from '../../../privacy/accounting/pld/cumulants';
import { lossesOf } from '../../../privacy/accounting/pld/losses';
import { rdpOf } from '../../../privacy/accounting/rdp';
import { renyiCurve, withoutReplacement } from '../../../privacy/accounting/renyi';
import { KdlabError } from '../../../src/core/errors';
import { golden, relative, skip } from './golden';

interface Gaussians {
  readonly analytic_gaussian_epsilon: readonly { sigma: number; delta: number; epsilon: number }[];
  readonly analytic_gaussian_sigma: readonly { epsilon: number; delta: number; sigma: number }[];
  readonly gdp_delta_of_epsilon_mu: readonly { mu: number; epsilon: number; delta: number }[];
  readonly gdp_clt_poisson: readonly {
    sample_rate: number;
    noise_multiplier: number;
    steps: number;
    delta: number;
    mu_poisson_clt: number;
    epsilon_clt: number;
  }[];
}

const curveAt = (mechanism: Release, order: number) => renyiCurve(mechanism)[ORDERS.indexOf(order)]!;

describe('the Gaussian mechanism', () => {
  test('has the ε, noise and δ of the analytic calibration', { skip }, () => {
    const values = golden<Gaussians>('gaussian.json');
    for (const { sigma, delta, epsilon } of values.analytic_gaussian_epsilon)
      assert.ok(Math.abs(gaussianEpsilon(sigma, delta) - epsilon) <= 1e-6 * epsilon + 1e-9, `${sigma} ${delta}`);
    for (const { epsilon, delta, sigma } of values.analytic_gaussian_sigma)
      assert.ok(relative(gaussianNoise(epsilon, delta), sigma) < 1e-6, `${epsilon} ${delta}`);
    for (const { mu, epsilon, delta } of values.gdp_delta_of_epsilon_mu)
      assert.ok(relative(gaussianDelta(1 / mu, epsilon), delta) < 1e-7, `${mu} ${epsilon}`);
  });

  test('is accounted for exactly by pld, however it is composed', () => {
    const exact = epsilonOf(
      [
        { noiseMultiplier: 2, sampleRate: 1, steps: 2 },
        { noiseMultiplier: Math.SQRT2, sampleRate: 1, steps: 1 },
      ],
      1e-5,
      { accountant: 'pld' },
    );
    assert.ok(relative(exact.epsilon!, gaussianEpsilon(1, 1e-5)) < 1e-14);
    assert.equal(exact.epsilonLower, exact.epsilon);
  });

  test('has a central limit that is told as an approximation', { skip }, () => {
    for (const each of golden<Gaussians>('gaussian.json').gdp_clt_poisson) {
      const mechanism = { noiseMultiplier: each.noise_multiplier, sampleRate: each.sample_rate, steps: each.steps };
      assert.ok(relative(centralLimitMu([mechanism]), each.mu_poisson_clt) < 1e-9);
      const loss = epsilonOf([mechanism], each.delta, { accountant: 'gdp' });
      assert.ok(relative(loss.epsilon!, each.epsilon_clt) < 1e-6, `${loss.epsilon}, expected ${each.epsilon_clt}`);
      assert.equal(loss.approximation, true);
    }
    const dpSgd = { noiseMultiplier: 0.7, sampleRate: 512 / 60000, steps: 4687 };
    const limit = epsilonOf([dpSgd], 1e-5, { accountant: 'gdp' }).epsilon!;
    assert.ok(limit < epsilonOf([dpSgd], 1e-5, { accountant: 'pld' }).epsilonLower!, 'here it underestimates');
  });
});

describe('Rényi divergences', () => {
  test('of a sampled Gaussian are those of its privacy loss, the worse direction being that of an example removed', () => {
    const mechanism = { noiseMultiplier: 1.3, sampleRate: 0.02, steps: 1 };
    const [removed, added] = lossesOf(mechanism, { missing: 1e-60 }).map((loss) => new Moments(loss));
    for (const order of [1.5, 4, 8]) {
      const by = (moments: Moments) => moments.at(order - 1).logMoment / (order - 1);
      assert.ok(relative(by(removed!), rdpOf(mechanism, order)) < 1e-9);
      assert.ok(by(added!) <= by(removed!));
    }
  });

  test('of Laplace noise have their closed form (Mironov 2017, Table II)', () => {
    for (const scale of [0.5, 2, 10])
      for (const order of [1.5, 3, 32]) {
        const [a, b] = [order / (2 * order - 1), (order - 1) / (2 * order - 1)];
        const expected = Math.log(a * Math.exp((order - 1) / scale) + b * Math.exp(-order / scale)) / (order - 1);
        const mechanism = { kind: 'laplace', noiseMultiplier: scale, sampleRate: 1, steps: 1 } as const;
        assert.ok(relative(curveAt(mechanism, order), expected) < 1e-9, `${scale} ${order}`);
      }
  });

  test('of randomised response have theirs', () => {
    const [p, order] = [0.75, 3];
    const expected = Math.log(p ** 3 * 0.25 ** -2 + 0.25 ** 3 * p ** -2) / 2;
    const mechanism = { kind: 'randomized-response', truth: p, categories: 2, steps: 1 } as const;
    assert.ok(relative(curveAt(mechanism, order), expected) < 1e-12);
    const loss = epsilonOf([mechanism], 1e-12);
    assert.ok(relative(loss.epsilon!, Math.log(3)) < 1e-12, 'δ is too small to matter: ln(p/(1 − p))');
    assert.equal(loss.order, undefined);
  });

  test('of Laplace noise on samples are below those without, and grow with the rate', () => {
    const at = (sampleRate: number) => curveAt({ kind: 'laplace', noiseMultiplier: 1, sampleRate, steps: 1 }, 8);
    assert.ok(at(0.01) < at(0.1) && at(0.1) < at(0.9) && at(0.9) < at(1));
  });

  test('of samples without replacement are bounded, at most as without sampling', () => {
    const mechanism = { noiseMultiplier: 4, sampleRate: 0.01 };
    // α = 2: ln(1 + q²·min(4(e^{ε(2)} − 1), 2e^{ε(2)})), ε(2) = 2·2²/(2·16) = 0.25.
    const expected = Math.log1p(1e-4 * Math.min(4 * Math.expm1(0.25), 2 * Math.exp(0.25)));
    assert.ok(relative(withoutReplacement(mechanism, 2), expected) < 1e-9);
    for (const order of [2, 8, 64]) assert.ok(withoutReplacement(mechanism, order) <= (order * 4) / 32 + 1e-15);
    assert.equal(withoutReplacement(mechanism, 2.5), Number.POSITIVE_INFINITY);
    const run = { kind: 'gaussian-without-replacement', ...mechanism, steps: 1000 } as const;
    const poisson = epsilonOf([{ ...mechanism, steps: 1000 }], 1e-5).epsilon!;
    assert.ok(epsilonOf([run], 1e-5).epsilon! > poisson);
    assert.throws(
      () => epsilonOf([run], 1e-5, { accountant: 'pld' }),
      (error) => error instanceof KdlabError && /take the accountant rdp/.test(error.message),
    );
  });
});

describe('mechanisms in JSON', () => {
  test('are Gaussian without a kind, and named by it otherwise', () => {
    assert.deepEqual(release.parse({ noiseMultiplier: 1, sampleRate: 0.1, steps: 2 }), {
      noiseMultiplier: 1,
      sampleRate: 0.1,
      steps: 2,
    });
    assert.deepEqual(release.parse({ kind: 'laplace', noiseMultiplier: 1, steps: 2 }), {
      kind: 'laplace',
      noiseMultiplier: 1,
      sampleRate: 1,
      steps: 2,
    });
    assert.equal(release.safeParse({ kind: 'exponential', steps: 1 }).success, false);
  });

  test('are refused out of range by name', () => {
    for (const [mechanism, message] of [
      [{ kind: 'randomized-response', truth: 0.2, categories: 2, steps: 1 }, /truth 0.2/],
      [{ kind: 'randomized-response', truth: 0.9, categories: 1, steps: 1 }, /categories 1/],
      [{ kind: 'laplace', noiseMultiplier: 1, sampleRate: 2, steps: 1 }, /sample rate 2/],
    ] as const)
      assert.throws(
        () => epsilonOf([mechanism], 1e-5),
        (error) => error instanceof KdlabError && message.test(error.message),
      );
  });
});
