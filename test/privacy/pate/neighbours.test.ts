import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { rdpOf } from '../../../privacy/accounting/rdp';
import { pateLoss } from '../../../privacy/pate/account';
import sampledGnmax from '../../../privacy/pate/aggregators/sampled-gnmax';
import { type NeighbourOptions, neighbourVotes } from '../../../privacy/pate/neighbours';
import { KdlabError } from '../../../src/core/errors';
import { Rng } from '../../../src/math/rng';

/** Ten examples of one pixel, 0, 10, 20, …, 90; the lower half of class 0. */
const examples = {
  images: Uint8Array.from({ length: 10 }, (_, i) => 10 * i),
  labels: Uint8Array.from({ length: 10 }, (_, i) => Number(i >= 5)),
  count: 10,
};
const queries = { images: Uint8Array.of(41, 96), labels: Uint8Array.of(0, 0), count: 2 };
const ids = Int32Array.from({ length: 10 }, (_, i) => i);
const options: NeighbourOptions = { examples, ids, classes: 2, k: 3, rate: 1, rng: Rng.root(0) };

describe('Private-kNN', () => {
  test('the k nearest vote', () => {
    // Of 41: 40, 50, 30. Of 96: 90, 80, 70.
    assert.deepEqual(
      neighbourVotes(queries, Int32Array.of(0, 1), options).map((votes) => Array.from(votes)),
      [
        [2, 1],
        [0, 3],
      ],
    );
  });

  test('one private example less moves two counts by one at most', () => {
    for (const gone of ids) {
      const without = { ...options, ids: ids.filter((id) => id !== gone) };
      const [whole, less] = [options, without].map((each) => neighbourVotes(queries, Int32Array.of(0), each)[0]!);
      const moved = whole!.reduce((sum, count, c) => sum + (count - less![c]!) ** 2, 0);
      assert.ok(moved <= 2);
    }
  });

  test('every query has a sample of its own, at the rate', () => {
    const many = { images: new Uint8Array(400), labels: new Uint8Array(400), count: 400 };
    const sampling = { ...options, k: 1, rate: 0.6, rng: Rng.root(6) };
    const order = Int32Array.from({ length: 400 }, (_, i) => i);
    // The nearest is of class 1 where none of the five examples of class 0 was sampled: 0.4⁵, about 4 of 400.
    const ones = neighbourVotes(many, order, sampling).reduce((sum, votes) => sum + votes[1]!, 0);
    assert.ok(ones > 0 && ones < 14, `${ones}`);
  });

  test('a sample too small is refused', () => {
    assert.throws(() => neighbourVotes(queries, Int32Array.of(0), { ...options, k: 11 }), KdlabError);
  });

  test('costs are those of the sampled Gaussian mechanism of sensitivity √2', () => {
    const aggregator = sampledGnmax.build({ sigma: 40, rate: 0.05 });
    const charged = Array.from({ length: 100 }, () => ({ query: { votes: [1, 2] }, answered: 1 }));
    const { dataDependent, dataIndependent } = pateLoss(aggregator, charged, 1e-5, {
      conversion: 'classic',
      orders: [32],
    });
    const rdp = 100 * rdpOf({ noiseMultiplier: 40 / Math.SQRT2, sampleRate: 0.05 }, 32);
    assert.ok(Math.abs(dataIndependent.epsilon - (rdp + Math.log(1e5) / 31)) < 1e-12);
    assert.deepEqual(dataDependent, dataIndependent);
  });
});
