import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { epsilonOf, ORDERS } from '../../../privacy/accounting/accountant';
import { noiseFor, stepsFor } from '../../../privacy/accounting/calibration';
import { rdpOf } from '../../../privacy/accounting/rdp';
import { KdlabError } from '../../../src/core/errors';
import { mechanismsOf, points, relative, skip } from './golden';

describe('RDP of the sampled Gaussian', () => {
  test('is that of an independent implementation at every order', { skip }, () => {
    let compared = 0;
    for (const point of points)
      for (const [order, theirs] of Object.entries(point.rdp_at_orders_exact_opacus)) {
        if (!Number.isFinite(theirs)) continue;
        const ours = mechanismsOf(point).reduce((sum, m) => sum + m.steps * rdpOf(m, Number(order)), 0);
        // Theirs is ln of a sum near 1: what it holds of a divergence near the rounding of 1 is noise.
        const steps = point.mechanisms.reduce((sum, [, , n]) => sum + n, 0);
        assert.ok(
          Math.abs(ours - theirs) <= 1e-6 * theirs + 1e-13 * steps,
          `${JSON.stringify(point.mechanisms)} order ${order}: ${ours}, expected ${theirs}`,
        );
        compared++;
      }
    assert.ok(compared > 1000, `${compared} compared`);
  });

  test('keeps the sign of binomial terms at fractional orders', () => {
    // 30-digit quadrature: 0.003493747314; adding magnitudes gives 0.0049.
    assert.ok(relative(rdpOf({ sampleRate: 0.1, noiseMultiplier: 1.5 }, 1.3), 0.003493747314) < 1e-9);
  });

  test('of an integer order is the limit of fractional ones beside it', () => {
    for (const [sampleRate, noiseMultiplier] of [
      [0.01, 1],
      [0.3, 0.5],
      [1e-6, 2],
    ] as const) {
      const at = (order: number) => rdpOf({ sampleRate, noiseMultiplier }, order);
      assert.ok(relative((at(7 - 1e-6) + at(7 + 1e-6)) / 2, at(7)) < 1e-8);
    }
  });

  test('without sampling is α/(2σ²), and approaches it as the rate goes to 1', () => {
    assert.equal(rdpOf({ sampleRate: 1, noiseMultiplier: 2 }, 8), 1);
    assert.ok(relative(rdpOf({ sampleRate: 1 - 1e-9, noiseMultiplier: 2 }, 8), 1) < 1e-7);
    assert.ok(relative(rdpOf({ sampleRate: 1 - 1e-9, noiseMultiplier: 2 }, 2.5), 2.5 / 8) < 1e-7);
  });

  test('grows with the order, stays finite at the greatest', () => {
    const curve = ORDERS.map((order) => rdpOf({ sampleRate: 0.01, noiseMultiplier: 0.6 }, order));
    for (let i = 1; i < curve.length; i++) assert.ok(curve[i]! >= curve[i - 1]! && Number.isFinite(curve[i]!));
  });
});

describe('ε', () => {
  test('is that of an independent accountant where its orders are exact', { skip }, () => {
    let compared = 0;
    for (const point of points) {
      const { epsilon, order } = epsilonOf(mechanismsOf(point), point.delta);
      const theirs = point.rdp_dp_accounting;
      // Theirs is an upper bound at fractional orders and ends at 1024.
      assert.ok(epsilon! <= theirs.epsilon * (1 + 1e-6) + 1e-9, `${epsilon} above ${theirs.epsilon}`);
      if (!Number.isInteger(theirs.optimal_order) || order !== theirs.optimal_order || theirs.epsilon === 0) continue;
      assert.ok(relative(epsilon!, theirs.epsilon) < 1e-6, `${epsilon}, expected ${theirs.epsilon}`);
      compared++;
    }
    assert.ok(compared > 20, `${compared} compared`);
  });

  test('is never below what is known to be a lower bound', { skip }, () => {
    for (const point of points.filter(({ note }) => note === undefined)) {
      const { epsilon } = epsilonOf(mechanismsOf(point), point.delta);
      const lower = Math.max(point.pld?.epsilon_lower ?? 0, 0);
      assert.ok(epsilon! >= lower * (1 - 1e-9), `${JSON.stringify(point.mechanisms)}: ${epsilon} below ${lower}`);
    }
  });

  test('by the classic conversion is never smaller, and says so', { skip }, () => {
    for (const point of points.slice(0, 30)) {
      const classic = epsilonOf(mechanismsOf(point), point.delta, { conversion: 'classic' });
      assert.equal(classic.conversion, 'classic');
      assert.ok(classic.epsilon! >= epsilonOf(mechanismsOf(point), point.delta).epsilon!);
      assert.ok(classic.epsilon! <= point.rdp_classic_mironov.epsilon * (1 + 1e-6));
    }
  });

  test('grows with steps and rate, falls with noise and δ', () => {
    const mechanism = fc.record({
      noiseMultiplier: fc.double({ min: 0.4, max: 20, noNaN: true }),
      sampleRate: fc.double({ min: 1e-4, max: 0.5, noNaN: true }),
      steps: fc.integer({ min: 1, max: 100_000 }),
    });
    fc.assert(
      fc.property(mechanism, (m) => {
        const at = (change: Partial<typeof m>, delta = 1e-5) => epsilonOf([{ ...m, ...change }], delta).epsilon!;
        const here = at({}) * (1 + 1e-9);
        assert.ok(at({ steps: m.steps * 2 }) >= at({}));
        assert.ok(at({ sampleRate: Math.min(1, m.sampleRate * 1.5) }) * (1 + 1e-9) >= at({}));
        assert.ok(at({ noiseMultiplier: m.noiseMultiplier * 1.3 }) <= here);
        assert.ok(at({}, 1e-4) <= here);
        const half = { ...m, steps: m.steps };
        assert.ok(relative(epsilonOf([half, half], 1e-5).epsilon!, at({ steps: 2 * m.steps })) < 1e-9);
      }),
      { numRuns: 25 },
    );
  });

  test('without noise has no bound, without steps is nothing', () => {
    assert.equal(epsilonOf([{ noiseMultiplier: 0, sampleRate: 0.1, steps: 1 }], 1e-5).epsilon, null);
    assert.equal(epsilonOf([{ noiseMultiplier: 1, sampleRate: 0.1, steps: 0 }], 1e-5).epsilon, 0);
  });

  test('refuses numbers out of range by name', () => {
    const good = { noiseMultiplier: 1, sampleRate: 0.1, steps: 1 };
    for (const [change, delta, message] of [
      [{ sampleRate: 0 }, 1e-5, /sample rate 0/],
      [{ sampleRate: 1.5 }, 1e-5, /sample rate 1.5/],
      [{ noiseMultiplier: -1 }, 1e-5, /noise multiplier -1/],
      [{ steps: 1.5 }, 1e-5, /steps 1.5/],
      [{}, 0, /delta 0/],
      [{}, 1, /delta 1/],
    ] as const)
      assert.throws(
        () => epsilonOf([{ ...good, ...change }], delta),
        (error) => error instanceof KdlabError && message.test(error.message),
      );
  });
});

describe('calibration', () => {
  test('of noise comes back to the ε asked for, from 0.01 to 100', () => {
    for (const epsilon of [0.01, 0.5, 3, 100]) {
      const found = noiseFor({ epsilon, delta: 1e-5, sampleRate: 0.01, steps: 1000 });
      assert.ok(found.epsilon! <= epsilon);
      const less = epsilonOf(
        [{ noiseMultiplier: found.noiseMultiplier * (1 - 1e-5), sampleRate: 0.01, steps: 1000 }],
        1e-5,
      );
      assert.ok(less.epsilon! > epsilon, `${epsilon}: less noise would do`);
    }
  });

  test('of steps is the last that keeps to ε', () => {
    const mechanism = { noiseMultiplier: 1.1, sampleRate: 0.004 };
    const { steps } = stepsFor({ ...mechanism, epsilon: 2, delta: 1e-5 });
    const at = (n: number) => epsilonOf([{ ...mechanism, steps: n }], 1e-5).epsilon!;
    assert.ok(at(steps) <= 2 && at(steps + 1) > 2);
    assert.equal(stepsFor({ noiseMultiplier: 0.1, sampleRate: 1, epsilon: 0.1, delta: 1e-5 }).steps, 0);
  });
});
