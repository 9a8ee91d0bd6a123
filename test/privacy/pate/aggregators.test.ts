import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { expectedly, pateLoss, pateRdp, sanitisedLoss } from '../../../privacy/pate/account';
import type { Aggregator, VoteNoise } from '../../../privacy/pate/aggregator';
import confidentGnmax from '../../../privacy/pate/aggregators/confident-gnmax';
import gnmax from '../../../privacy/pate/aggregators/gnmax';
import interactiveGnmax from '../../../privacy/pate/aggregators/interactive-gnmax';
import lnmax from '../../../privacy/pate/aggregators/lnmax';
import { cryptographicNoise, seededNoise } from '../../../privacy/pate/noise';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';
import { mean } from '../../../src/math/statistics';

/** Noise of chosen values. */
const given = (...values: number[]): VoteNoise => {
  const take = (count: number) => values.splice(0, count);
  return { normal: take, laplace: take };
};
const none: VoteNoise = { normal: (n) => new Float64Array(n), laplace: (n) => new Float64Array(n) };

describe('answers', () => {
  test('noise on each count decides', () => {
    const plain = gnmax.build({ sigma: 10 });
    assert.deepEqual(plain.answer({ votes: [5, 4, 1] }, none), { by: 'teachers', label: 0 });
    assert.deepEqual(plain.answer({ votes: [5, 4, 1] }, given(0, 0.2, 0)), { by: 'teachers', label: 1 });
    assert.deepEqual(lnmax.build({ scale: 2 }).answer({ votes: [5, 4, 1] }, given(0, 0, 2.5)), {
      by: 'teachers',
      label: 2,
    });
  });

  test('Confident-GNMax throws away what teachers do not agree on, after noise', () => {
    const confident = confidentGnmax.build({ threshold: 6, sigma1: 2, sigma2: 1 });
    assert.deepEqual(confident.answer({ votes: [5, 4] }, given(0)), { by: 'none' });
    assert.deepEqual(confident.answer({ votes: [5, 4] }, given(0.5, 0, 3)), { by: 'teachers', label: 1 });
  });

  test('Interactive-GNMax asks the teachers only where they differ from the student', () => {
    const interactive = interactiveGnmax.build({ threshold: 5, sigma1: 1, sigma2: 1, confidence: 0.9 });
    const votes = [9, 1];
    assert.deepEqual(interactive.answer({ votes, student: [0.1, 0.9] }, none), { by: 'teachers', label: 0 });
    assert.deepEqual(interactive.answer({ votes, student: [0.95, 0.05] }, none), { by: 'student', label: 0 });
    assert.deepEqual(interactive.answer({ votes, student: [0.8, 0.2] }, none), { by: 'none' });
    assert.throws(() => interactive.answer({ votes }, none), KdlabError);
  });

  test('the probability of an answer is the one observed', () => {
    const confident = confidentGnmax.build({ threshold: 60, sigma1: 20, sigma2: 5 });
    const noise = seededNoise(Rng.root(1).split('noise'));
    const query = { votes: [50, 30, 20] };
    const answered = Array.from({ length: 4000 }, () => Number(confident.answer(query, noise).by === 'teachers'));
    assert.ok(Math.abs(mean(answered) - confident.answeredProbability(query)) < 0.025);
  });
});

describe('costs', () => {
  const counts = fc.array(fc.integer({ min: 0, max: 120 }), { minLength: 2, maxLength: 12 });
  const aggregators: Aggregator[] = [
    lnmax.build({ scale: 20 }),
    gnmax.build({ sigma: 20 }),
    confidentGnmax.build({ threshold: 60, sigma1: 40, sigma2: 20 }),
  ];

  test('by the votes are never above those whatever the votes', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom(...aggregators), fc.constantFrom(1.5, 4, 20, 128), (votes, one, order) => {
        const cost = one.rdp({ votes }, 1, order);
        assert.ok(cost >= 0 && cost <= one.rdpIndependent(1, order) * (1 + 1e-12));
      }),
    );
  });

  test('a thrown-away query is charged for its check alone', () => {
    const confident = aggregators[2]!;
    assert.ok(Math.abs(confident.rdpIndependent(0, 8) - 8 / (2 * 40 ** 2)) < 1e-15);
    assert.ok(Math.abs(confident.rdpIndependent(1, 8) - 8 / (2 * 40 ** 2) - 8 / 20 ** 2) < 1e-15);
  });

  test('100 LNMax answers whatever the votes: ε by hand at one order', () => {
    const queries = Array.from({ length: 100 }, () => ({ query: { votes: [5, 5] }, answered: 1 }));
    const { dataIndependent } = pateLoss(aggregators[0]!, queries, 1e-5, { conversion: 'classic', orders: [11] });
    assert.ok(Math.abs(dataIndependent.epsilon - (100 * 0.5 * 0.01 * 11 + Math.log(1e5) / 10)) < 1e-9);
  });

  test('no query costs nothing; a δ of 1 is refused', () => {
    assert.equal(pateLoss(aggregators[1]!, [], 1e-5).dataDependent.epsilon, 0);
    assert.throws(() => pateLoss(aggregators[1]!, [], 1), /between 0 and 1/);
  });

  test('the publishable ε lies about the private one, plus its charge', () => {
    const confident = confidentGnmax.build({ threshold: 200, sigma1: 150, sigma2: 40 });
    const charged = expectedly(
      confident,
      Array.from({ length: 50 }, (_, i) => ({ votes: [240 - i, 10 + i, 0] })),
    );
    const options = { order: 20, beta: 0.02, sigma: 10 };
    const at = (normal: number) => sanitisedLoss(confident, charged, 1e-5, options, normal, 'classic');
    const { epsilon, charge, deviation, smoothSensitivity } = at(0);
    const exact = pateRdp(confident, charged, 20) + Math.log(1e5) / 19;
    assert.ok(Math.abs(epsilon - (exact + charge)) < 1e-12);
    assert.equal(deviation, 10 * smoothSensitivity);
    assert.ok(smoothSensitivity > 0);
    assert.ok(Math.abs(at(1).epsilon - epsilon - deviation) < 1e-12);
    assert.ok(Math.abs(at(-1.6448536269514722).upper - epsilon) < 1e-9);
    assert.throws(() => sanitisedLoss(aggregators[0]!, charged, 1e-5, options, 0), /publish the data-independent one/);
  });
});

describe('noise', () => {
  for (const [name, make] of [
    ['seeded', () => seededNoise(Rng.root(3).split('n'))],
    ['cryptographic', () => cryptographicNoise],
  ] as const)
    test(`${name}: of the variance and the tails it should have`, () => {
      const noise = make();
      const normal = Array.from(noise.normal(40_000));
      const laplace = Array.from(noise.laplace(40_000));
      const within = (values: number[], bound: number) => mean(values.map((v) => Number(Math.abs(v) < bound)));
      assert.ok(Math.abs(mean(normal.map((v) => v * v)) - 1) < 0.05);
      assert.ok(Math.abs(within(normal, 1.96) - 0.95) < 0.01);
      assert.ok(Math.abs(mean(laplace.map((v) => v * v)) - 2) < 0.25);
      assert.ok(Math.abs(within(laplace, Math.LN2) - 0.5) < 0.02);
      assert.ok(Math.abs(mean(laplace)) < 0.05);
    });

  test('a seed draws the same again, the cryptographic source does not', () => {
    const draw = () => Array.from(seededNoise(Rng.root(7)).normal(8));
    assert.deepEqual(draw(), draw());
    assert.notDeepEqual(Array.from(cryptographicNoise.normal(8)), Array.from(cryptographicNoise.normal(8)));
  });
});
