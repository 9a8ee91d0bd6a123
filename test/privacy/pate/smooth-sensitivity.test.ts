import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { gnmaxLogQ, gnmaxRdp } from '../../../privacy/pate/gnmax';
import {
  gnmaxSensitivity,
  smoothed,
  smoothReleaseRdp,
  thresholdSensitivity,
} from '../../../privacy/pate/smooth-sensitivity';
import { logAnswered, thresholdRdp } from '../../../privacy/pate/threshold';
import { KdlabError } from '../../../src/core/errors';

const TEACHERS = 24;
const SIGMA = 3;
const ORDER = 4;

/** Histograms that one moved vote leads to. */
function neighbours(votes: readonly number[]): number[][] {
  return votes.flatMap((from, i) =>
    votes.flatMap((_, j) => {
      if (i === j || from === 0) return [];
      const moved = [...votes];
      moved[i]!--;
      moved[j]!++;
      return [moved];
    }),
  );
}

describe('the sensitivity of the data-dependent divergence', () => {
  const rdp = (votes: readonly number[]) => gnmaxRdp(gnmaxLogQ(votes, SIGMA), SIGMA, ORDER);
  const exact = (votes: readonly number[]) =>
    Math.max(...neighbours(votes).map((moved) => Math.abs(rdp(moved) - rdp(votes))));

  test('of GNMax is at every distance at least the one found by trying all votes', () => {
    for (const start of [
      [24, 0, 0],
      [15, 6, 3],
      [8, 8, 8],
    ]) {
      const bounds = gnmaxSensitivity(start, SIGMA, ORDER);
      assert.equal(bounds.length, TEACHERS);
      let reached = new Map([[start.join(), start]]);
      let most = 0;
      let informative = 0;
      for (let distance = 0; distance < 12; distance++) {
        most = Math.max(most, ...[...reached.values()].map(exact));
        const sofar = Math.max(...bounds.subarray(0, distance + 1));
        assert.ok(sofar >= most - 1e-12, `${start} at distance ${distance}: bound ${sofar}, found ${most}`);
        if (most > 0) informative++;
        const next = [...reached.values()].flatMap((votes) => [votes, ...neighbours(votes)]);
        reached = new Map(next.map((votes) => [votes.join(), votes]));
      }
      assert.ok(informative > 0, 'some vote moves the divergence');
    }
  });

  test('is small where all teachers agree and grows on the way to doubt', () => {
    const bounds = gnmaxSensitivity([250, 0, 0, 0, 0, 0, 0, 0, 0, 0], 40, 20);
    assert.ok(bounds[0]! < 1e-2 * Math.max(...bounds));
    const peak = bounds.indexOf(Math.max(...bounds));
    for (let d = 1; d < peak; d++) assert.ok(bounds[d]! >= bounds[d - 1]!);
  });

  test('of the check is the largest step of the divergence within reach', () => {
    const check = { threshold: 12, sigma: 6 };
    const at = (count: number) => thresholdRdp(logAnswered(count, check), 6, ORDER);
    const bounds = thresholdSensitivity(20, TEACHERS, check, ORDER);
    assert.equal(bounds[0], Math.max(Math.abs(at(19) - at(20)), Math.abs(at(21) - at(20))));
    assert.equal(
      bounds[2],
      Math.max(
        ...[
          [21, 22],
          [22, 23],
          [17, 18],
          [18, 19],
        ].map(([a, b]) => Math.abs(at(a!) - at(b!))),
      ),
    );
  });

  test('votes that are no counts are refused', () => {
    assert.throws(() => gnmaxSensitivity([1.5, 0.5], 2, 4), KdlabError);
  });
});

test('a smooth bound decays by e^(−β) a teacher', () => {
  const bounds = Float64Array.of(1, 5, 100);
  assert.equal(smoothed(bounds, 0), 100);
  assert.equal(smoothed(bounds, 2), Math.max(1, 5 * Math.exp(-2), 100 * Math.exp(-4)));
});

test('publishing with smooth sensitivity: by hand at β → 0 a plain Gaussian of α/σ², twice the usual', () => {
  assert.ok(Math.abs(smoothReleaseRdp({ beta: 1e-12, sigma: 2 }, 8) - 2) < 1e-9);
  const { beta, sigma, order } = { beta: 0.01, sigma: 5, order: 20 };
  const expected = (20 * Math.exp(0.02)) / 25 + (0.2 - 0.5 * Math.log(0.6)) / 19;
  assert.ok(Math.abs(smoothReleaseRdp({ beta, sigma }, order) - expected) < 1e-12);
  assert.throws(() => smoothReleaseRdp({ beta: 0.03, sigma }, order), /expected 1 < order < 1\/\(2·beta\) = 16/);
});
