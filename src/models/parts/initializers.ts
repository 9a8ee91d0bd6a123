import type { Rng } from '../../math/rng';

/**
 * He normal, N(0, 2/fanIn) (He et al. 2015): for layers followed by ReLU. The draw is keyed by the parameter's name,
 * so that two layers of one shape differ and adding a layer changes no other.
 */
export function heNormal(rng: Rng, name: string, shape: readonly number[]): Float32Array {
  return rng.split(name).normal(size(shape), 0, Math.sqrt(2 / fans(shape).in));
}

/** Glorot uniform, U(±√(6/(fanIn+fanOut))) (Glorot and Bengio 2010): for tanh and linear layers. */
export function glorotUniform(rng: Rng, name: string, shape: readonly number[]): Float32Array {
  const { in: fanIn, out: fanOut } = fans(shape);
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return rng.split(name).uniform(size(shape), -limit, limit);
}

/** Orthogonal rows or columns times `gain` (Saxe et al. 2014), by Gram–Schmidt on Gaussians; shape [in, out]. */
export function orthogonal(rng: Rng, name: string, shape: readonly [number, number], gain: number): Float32Array {
  const [rows, columns] = shape;
  const [long, short] = rows >= columns ? [rows, columns] : [columns, rows];
  const draws = Float64Array.from(rng.split(name).normal(long * short));
  for (let j = 0; j < short; j++) {
    const vector = draws.subarray(j * long, (j + 1) * long);
    for (let k = 0; k < j; k++) {
      const other = draws.subarray(k * long, (k + 1) * long);
      const overlap = vector.reduce((sum, x, i) => sum + x * other[i]!, 0);
      for (let i = 0; i < long; i++) vector[i] = vector[i]! - overlap * other[i]!;
    }
    const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    for (let i = 0; i < long; i++) vector[i] = vector[i]! / norm;
  }
  const out = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++)
      out[r * columns + c] = gain * (rows >= columns ? draws[c * long + r]! : draws[r * long + c]!);
  return out;
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** Fan-in and fan-out of [in, out] or [h, w, in, out]. */
function fans(shape: readonly number[]): { in: number; out: number } {
  const receptive = size(shape.slice(0, -2));
  return { in: receptive * shape.at(-2)!, out: receptive * shape.at(-1)! };
}
