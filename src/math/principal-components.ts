import type { Rng } from './rng';
import { standardDeviation } from './statistics';

export interface PrincipalComponents {
  /** [rows, count], the centred rows in the components' coordinates. */
  readonly scores: Float64Array;
  /** Of each component, its share of the variance of all columns; descending. */
  readonly shares: readonly number[];
}

/** Directions iterated beyond those asked for: convergence follows the gap behind the last of them. */
const BEYOND = 4;
const ITERATIONS = 60;

/**
 * The first principal components of `values` [rows, columns], row by row, by subspace iteration on XᵀX (Halko, Martinsson,
 * Tropp 2011, algorithm 4.4) from a random start. A component’s sign makes the mean of its scores’ cubes positive. Throws
 * RangeError where the sizes do not fit, for fewer than two rows, or fewer columns than components.
 */
export function principalComponents(
  values: ArrayLike<number>,
  { rows, columns, count, rng }: { rows: number; columns: number; count: number; rng: Rng },
): PrincipalComponents {
  if (rows < 2 || columns < count || values.length !== rows * columns)
    throw new RangeError(`${count} components of ${values.length} numbers as ${rows} × ${columns} cannot be had`);
  const centred = centre(values, rows, columns);
  const width = Math.min(columns, count + BEYOND);
  let basis = orthonormal(Float64Array.from(rng.normal(columns * width)), columns, width);
  for (let i = 0; i < ITERATIONS; i++)
    basis = orthonormal(
      pulled(centred, projected(centred, basis, rows, columns, width), rows, columns, width),
      columns,
      width,
    );
  const all = projected(centred, basis, rows, columns, width);
  const scores = new Float64Array(rows * count);
  const total = centred.reduce((sum, value) => sum + value * value, 0);
  const shares: number[] = [];
  for (let k = 0; k < count; k++) {
    const score = Float64Array.from({ length: rows }, (_, i) => all[i * width + k]!);
    const sign = score.reduce((sum, value) => sum + value ** 3, 0) < 0 ? -1 : 1;
    score.forEach((value, i) => {
      scores[i * count + k] = sign * value;
    });
    shares.push(total === 0 ? 0 : ((rows - 1) * standardDeviation(score) ** 2) / total);
  }
  return { scores, shares };
}

function centre(values: ArrayLike<number>, rows: number, columns: number): Float64Array {
  const means = new Float64Array(columns);
  for (let i = 0; i < values.length; i++) means[i % columns]! += values[i]! / rows;
  return Float64Array.from({ length: values.length }, (_, i) => values[i]! - means[i % columns]!);
}

/** X·V: [rows, width]. */
function projected(x: Float64Array, v: Float64Array, rows: number, columns: number, width: number): Float64Array {
  const out = new Float64Array(rows * width);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const value = x[i * columns + j]!;
      if (value !== 0) for (let k = 0; k < width; k++) out[i * width + k]! += value * v[j * width + k]!;
    }
  return out;
}

/** Xᵀ·Y: [columns, width]. */
function pulled(x: Float64Array, y: Float64Array, rows: number, columns: number, width: number): Float64Array {
  const out = new Float64Array(columns * width);
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const value = x[i * columns + j]!;
      if (value !== 0) for (let k = 0; k < width; k++) out[j * width + k]! += value * y[i * width + k]!;
    }
  return out;
}

/** Columns made orthonormal in their order by Gram-Schmidt, twice for rounding; a column that vanishes stays zero. */
function orthonormal(v: Float64Array, length: number, width: number): Float64Array {
  for (let k = 0; k < width; k++) {
    const norm = () => Math.sqrt(dot(v, k, k, length, width));
    const before = norm();
    for (let pass = 0; pass < 2; pass++)
      for (let other = 0; other < k; other++) {
        const along = dot(v, k, other, length, width);
        for (let j = 0; j < length; j++) v[j * width + k]! -= along * v[j * width + other]!;
      }
    const after = norm();
    const scale = after > 1e-12 * before ? 1 / after : 0;
    for (let j = 0; j < length; j++) v[j * width + k]! *= scale;
  }
  return v;
}

function dot(v: Float64Array, a: number, b: number, length: number, width: number): number {
  let sum = 0;
  for (let j = 0; j < length; j++) sum += v[j * width + a]! * v[j * width + b]!;
  return sum;
}
