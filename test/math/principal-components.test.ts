import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eigs } from 'mathjs';
import { principalComponents } from '../../src/math/principal-components';
import { Rng } from '../../src/math/rng';

const rng = Rng.root(4);

/** 40 rows of 6 columns whose spread falls from column to column, mixed by adding each to the next. */
const [rows, columns] = [40, 6];
const plain = rng.normal(rows * columns);
const values = Float64Array.from(plain, (value, i) => {
  const column = i % columns;
  return value * 3 ** (2 - column) + (column > 0 ? plain[i - 1]! * 3 ** (3 - column) : 0) + 7;
});

test('shares are those of the covariance’s eigenvalues', () => {
  const means = Array.from(
    { length: columns },
    (_, c) => values.filter((_, i) => i % columns === c).reduce((sum, value) => sum + value, 0) / rows,
  );
  const covariance = means.map((meanA, a) =>
    means.map((meanB, b) => {
      let sum = 0;
      for (let r = 0; r < rows; r++) sum += (values[r * columns + a]! - meanA) * (values[r * columns + b]! - meanB);
      return sum / (rows - 1);
    }),
  );
  const eigenvalues = (eigs(covariance).values as number[]).sort((a, b) => b - a);
  const total = eigenvalues.reduce((sum, value) => sum + value, 0);
  const { shares } = principalComponents(values, { rows, columns, count: 3, rng });
  for (const [k, share] of shares.entries())
    assert.ok(Math.abs(share - eigenvalues[k]! / total) < 1e-9, `component ${k + 1}: ${share}`);
});

test('scores are uncorrelated, and as many components as columns keep all distances', () => {
  const { scores } = principalComponents(values, { rows, columns, count: columns, rng });
  const column = (k: number) => Array.from({ length: rows }, (_, i) => scores[i * columns + k]!);
  const dot = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  for (let a = 0; a < columns; a++)
    for (let b = 0; b < a; b++)
      assert.ok(
        Math.abs(dot(column(a), column(b))) <
          1e-6 * Math.sqrt(dot(column(a), column(a)) * dot(column(b), column(b))) + 1e-9,
      );
  const distance = (of: ArrayLike<number>, i: number, j: number) =>
    Math.hypot(...Array.from({ length: columns }, (_, k) => of[i * columns + k]! - of[j * columns + k]!));
  for (const [i, j] of [
    [0, 1],
    [3, 30],
    [12, 39],
  ] as const)
    assert.ok(Math.abs(distance(scores, i, j) - distance(values, i, j)) < 1e-9);
});

test('points on a line have one component', () => {
  const line = Float64Array.from({ length: 30 }, (_, i) => [1, 2, -1][i % 3]! * Math.floor(i / 3) ** 2);
  const { shares, scores } = principalComponents(line, { rows: 10, columns: 3, count: 2, rng });
  assert.ok(Math.abs(shares[0]! - 1) < 1e-12 && Math.abs(shares[1]!) < 1e-12, `${shares}`);
  // Far to one side lies the last point: that side is positive.
  assert.ok(scores[18]! > 0);
});

test('sizes that do not fit are refused', () => {
  assert.throws(() => principalComponents([1, 2, 3], { rows: 2, columns: 2, count: 1, rng }), /3 numbers as 2 × 2/);
  assert.throws(() => principalComponents([1, 2], { rows: 2, columns: 1, count: 2, rng }), RangeError);
  assert.throws(() => principalComponents([1, 2], { rows: 1, columns: 2, count: 1, rng }), RangeError);
});
