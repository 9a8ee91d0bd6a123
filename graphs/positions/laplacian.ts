import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Csr } from '../../src/sparse/csr';
import { Positions, positions } from '../positions';
import { symmetricNormalized, withSelfLoops } from '../transforms/normalization';

/**
 * Eigenvectors of the largest eigenvalues of D^-½ (A + I) D^-½, those of the smallest of the normalised Laplacian with self
 * loops (Belkin and Niyogi 2003; as positions, Dwivedi et al. 2020, arXiv:2003.00982), by subspace iteration from random
 * vectors with a few to spare. Columns have length √nodes, fall in eigenvalue, and their largest number is positive.
 */
export default positions({
  description: 'eigenvectors of the normalised Laplacian (Belkin and Niyogi 2003)',
  options: section({
    width: z.number().int().positive().default(16),
    iterations: z.number().int().positive().default(200),
  }),
  build: ({ width: wanted, iterations }, adjacency, rng) => {
    const { rows } = adjacency;
    const width = Math.min(wanted, rows);
    const count = Math.min(rows, width + 8);
    const matrix = symmetricNormalized(withSelfLoops(adjacency));
    let basis: Float64Array[] = Array.from({ length: count }, (_, i) =>
      Float64Array.from(rng.split('start', i).normal(rows)),
    );
    orthonormalize(basis);
    for (let i = 0; i < iterations; i++) {
      // I + Â has no negative eigenvalue: the largest in size are the largest.
      basis = basis.map((vector) => {
        const next = times(matrix, vector);
        for (let row = 0; row < rows; row++) next[row]! += vector[row]!;
        return next;
      });
      orthonormalize(basis);
    }
    const values = new Float32Array(rows * wanted);
    ritzVectors(matrix, basis)
      .slice(0, width)
      .forEach((vector, column) => {
        const largest = vector.reduce((most, x) => (Math.abs(x) > Math.abs(most) ? x : most), 0);
        const scale = Math.sign(largest) * Math.sqrt(rows);
        for (let row = 0; row < rows; row++) values[row * wanted + column] = vector[row]! * scale;
      });
    return new Positions(wanted, values);
  },
});

function times({ rows, rowPointers, columnIndices, values }: Csr, x: Float64Array): Float64Array {
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++)
      sum += values![entry]! * x[columnIndices[entry]!]!;
    out[row] = sum;
  }
  return out;
}

const dot = (a: Float64Array, b: Float64Array) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
};

/** In place, twice over for what rounding leaves (Gram and Schmidt). */
function orthonormalize(vectors: readonly Float64Array[]): void {
  vectors.forEach((vector, i) => {
    for (let pass = 0; pass < 2; pass++)
      for (const earlier of vectors.slice(0, i)) {
        const share = dot(vector, earlier);
        for (let row = 0; row < vector.length; row++) vector[row]! -= share * earlier[row]!;
      }
    const length = Math.sqrt(dot(vector, vector));
    for (let row = 0; row < vector.length; row++) vector[row]! /= length || 1;
  });
}

/** The best approximations of eigenvectors in a subspace, by falling eigenvalue (Rayleigh and Ritz). */
function ritzVectors(matrix: Csr, basis: readonly Float64Array[]): Float64Array[] {
  const images = basis.map((vector) => times(matrix, vector));
  // Symmetric to the last digit, as a library for such matrices asks.
  const small = basis.map((a, i) => basis.map((b, j) => (dot(a, images[j]!) + dot(b, images[i]!)) / 2));
  // As a module it would be loaded with the list of what there is.
  const { eigs } = require('mathjs') as typeof import('mathjs');
  const { eigenvectors } = eigs(small) as { eigenvectors: { value: number; vector: number[] }[] };
  return eigenvectors
    .sort((a, b) => b.value - a.value)
    .map(({ vector: shares }) => {
      const out = new Float64Array(matrix.rows);
      basis.forEach((vector, i) => {
        for (let row = 0; row < out.length; row++) out[row]! += shares[i]! * vector[row]!;
      });
      return out;
    });
}
