import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { auditedEpsilon, bestAudit, guess, pValue } from '../../../privacy/audit/one-run';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';

const close = (a: number, b: number, tolerance = 1e-9) => assert.ok(Math.abs(a - b) < tolerance, `${a}, expected ${b}`);

describe('the one-run audit', () => {
  test('without δ is the tail of a binomial', () => {
    // ε = ln 3: each guess is right with 3/4.
    close(pValue({ canaries: 4, guesses: 4, correct: 4 }, Math.log(3), 0), 81 / 256);
    close(pValue({ canaries: 9, guesses: 4, correct: 3 }, Math.log(3), 0), (81 + 108) / 256);
    close(pValue({ canaries: 9, guesses: 4, correct: 0 }, Math.log(3), 0), 1);
  });

  test('with δ adds 2mδ times the steepest mean of the masses just below', () => {
    // Masses of 0 … 4 right: 1, 12, 54, 108, 81 of 256. Below 3: 54, then (54 + 12)/2, (54 + 12 + 1)/3.
    close(pValue({ canaries: 10, guesses: 4, correct: 3 }, Math.log(3), 1e-3), (189 + 0.02 * 54) / 256);
    // Below 4: 108, (108 + 54)/2, …
    close(pValue({ canaries: 10, guesses: 4, correct: 4 }, Math.log(3), 1e-3), (81 + 0.02 * 108) / 256);
  });

  test('of all guesses right bounds ε by the root of the error: q^r = 0.05', () => {
    for (const r of [10, 100, 1000]) {
      const q = 0.05 ** (1 / r);
      close(auditedEpsilon({ canaries: r, guesses: r, correct: r }, { delta: 0 }), Math.log(q / (1 - q)), 1e-6);
    }
    close(auditedEpsilon({ canaries: 100, guesses: 100, correct: 100 }, { delta: 0 }), 3.4928, 1e-3);
  });

  test('of chance refutes nothing', () => {
    assert.equal(auditedEpsilon({ canaries: 1000, guesses: 1000, correct: 500 }, { delta: 1e-5 }), 0);
    assert.equal(auditedEpsilon({ canaries: 10, guesses: 0, correct: 0 }, { delta: 1e-5 }), 0);
  });

  test('falls with ε, grows with δ and with what is right', () => {
    const guesses = fc
      .integer({ min: 1, max: 60 })
      .chain((n) => fc.tuple(fc.constant(n), fc.integer({ min: 1, max: n })));
    fc.assert(
      fc.property(guesses, fc.double({ min: 0, max: 4, noNaN: true }), ([n, v], epsilon) => {
        const p = (correct: number, e = epsilon, delta = 1e-4) =>
          pValue({ canaries: 60, guesses: n, correct }, e, delta);
        assert.ok(p(v) <= p(v - 1) + 1e-12);
        assert.ok(p(v, epsilon + 0.5, 0) >= p(v, epsilon, 0) - 1e-12);
        assert.ok(p(v, epsilon, 1e-3) >= p(v) - 1e-12);
      }),
      { numRuns: 60 },
    );
  });

  test('is passed by randomised response of the very ε in all but few runs', () => {
    const epsilon = 1;
    const truth = Math.exp(epsilon) / (1 + Math.exp(epsilon));
    let failed = 0;
    for (let run = 0; run < 100; run++) {
      const coins = Rng.root(run).split('coins').uniform(400);
      const answers = Rng.root(run).split('answers').uniform(400);
      const included = Array.from(coins, (u) => u < 0.5);
      const scores = included.map((each, i) => Number(each === answers[i]! < truth));
      if (bestAudit(scores, included, { delta: 0 }).epsilon > epsilon) failed++;
    }
    assert.ok(failed <= 10, `${failed} of 100 at 95 %`);
  });

  test('guesses the extremes and abstains between them', () => {
    const included = [true, false, true, false, true];
    const scores = [5, 4, 3, 2, 1];
    assert.deepEqual(guess(scores, included, { taken: 1, left: 2 }), { canaries: 5, guesses: 3, correct: 2 });
    assert.throws(() => guess(scores, included, { taken: 3, left: 3 }), KdlabError);
    assert.throws(() => pValue({ canaries: 1, guesses: 2, correct: 1 }, 1, 0), KdlabError);
    assert.throws(() => auditedEpsilon({ canaries: 1, guesses: 1, correct: 1 }, { delta: 1 }), KdlabError);
  });
});
