import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { KdlabError } from '../../src/core/errors';
import { splitExamples, splitHash } from '../../src/data/split';
import { Rng } from '../../src/math/rng';

const COUNT = 200;
const examples = { labels: Uint8Array.from({ length: COUNT }, (_, i) => i % 10), count: COUNT };
const rng = Rng.root(3);

describe('splitExamples', () => {
  test('is decided by the random key', () => {
    const split = splitExamples(examples, rng, { train: 50, validation: 20 });
    assert.deepEqual(splitExamples(examples, rng, { train: 50, validation: 20 }), split);
    assert.notEqual(splitExamples(examples, Rng.root(4), { train: 50, validation: 20 }).hash, split.hash);
  });

  test('uses every example once where no counts are given', () => {
    const { train, validation } = splitExamples(examples, rng);
    assert.deepEqual([...train], [...examples.labels.keys()]);
    assert.equal(validation.length, 0);
  });

  test('gives disjoint, ascending lists of the wanted sizes without the omitted classes', () => {
    const options = fc.record({
      seed: fc.nat(1000),
      validation: fc.nat(100),
      train: fc.integer({ min: 1, max: 60 }),
      omit: fc.uniqueArray(fc.nat(9), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(options, ({ seed, validation, train, omit }) => {
        const split = splitExamples(examples, Rng.root(seed), { train, validation, omit });
        assert.equal(split.train.length, train);
        assert.equal(split.validation.length, validation);
        assert.equal(new Set([...split.train, ...split.validation]).size, train + validation);
        for (const list of [split.train, split.validation])
          assert.deepEqual(
            [...list],
            [...list].sort((a, b) => a - b),
          );
        assert.ok(split.train.every((id) => id >= 0 && id < COUNT && !omit.includes(examples.labels[id]!)));
      }),
      { numRuns: 50, seed: 5 },
    );
  });

  test('omitting a class takes all its training examples and leaves validation alone', () => {
    const whole = splitExamples(examples, rng, { validation: 40 });
    const without = splitExamples(examples, rng, { validation: 40, omit: [3] });
    assert.deepEqual(without.validation, whole.validation);
    assert.deepEqual(
      [...without.train],
      [...whole.train].filter((id) => examples.labels[id] !== 3),
    );
    assert.ok(whole.validation.some((id) => examples.labels[id] === 3));
  });

  test('a smaller training set is part of a larger one', () => {
    const large = new Set(splitExamples(examples, rng, { train: 100, validation: 10 }).train);
    assert.ok(splitExamples(examples, rng, { train: 30, validation: 10 }).train.every((id) => large.has(id)));
  });

  test('the hash is the SHA-256 of both counts and lists as little-endian int32', () => {
    const bytes = Buffer.from('0200000001000000' + '00000000' + '02010000' + '07000000', 'hex');
    const parts = { train: Int32Array.of(0, 258), validation: Int32Array.of(7) };
    assert.equal(splitHash(parts), createHash('sha256').update(bytes).digest('hex'));
    const split = splitExamples(examples, rng, { validation: 5 });
    assert.equal(split.hash, splitHash(split));
  });

  test('refuses what cannot be', () => {
    const cases = [
      [{ validation: 200 }, /validation is 200, expected 0 to 199/],
      [{ validation: -1 }, /validation is -1/],
      [{ validation: 1.5 }, /validation is 1.5/],
      [{ train: 0 }, /train is 0, expected 1 to 200/],
      [{ train: 181, validation: 20 }, /train is 181, expected 1 to 180: 200 examples, less 20 for validation$/],
      [{ train: 181, omit: [3] }, /expected 1 to 180.*omitted classes \(3\)/],
      [{ omit: [3, 11] }, /omit names class 11; the examples have 0, 1, 2/],
      [{ omit: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] }, /train is 0/],
    ] as const;
    for (const [options, problem] of cases)
      assert.throws(
        () => splitExamples(examples, rng, options),
        (error: unknown) => error instanceof KdlabError && problem.test(error.message),
        JSON.stringify(options),
      );
  });
});
