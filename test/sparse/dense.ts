import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { BACKEND } from '../../src/engine/backend';
import { selectEngine } from '../../src/engine/engine';
import { Rng } from '../../src/math/rng';
import { Csr } from '../../src/sparse/csr';
import { SparseMatrix } from '../../src/sparse/matrix';
import { assertClose } from '../support/numbers';

/** A small matrix with what is rare: empty rows and columns, several entries in one place, no entries at all. */
export const matrices = fc
  .record({ rows: fc.integer({ min: 1, max: 6 }), columns: fc.integer({ min: 1, max: 6 }) })
  .chain(({ rows, columns }) =>
    fc
      .array(fc.tuple(fc.nat(rows - 1), fc.nat(columns - 1), fc.integer({ min: -8, max: 8 })), { maxLength: 14 })
      .map((entries) =>
        Csr.fromEntries({
          rows,
          columns,
          rowIndices: entries.map(([row]) => row),
          columnIndices: entries.map(([, column]) => column),
          values: entries.map(([, , value]) => value / 4),
        }),
      ),
  );

/** Which row and which column each entry is in, as dense matrices [entries, rows] and [entries, columns] of 0 and 1. */
export function incidence(csr: Csr): { row: tf.Tensor2D; column: tf.Tensor2D } {
  const row = tf.buffer([csr.entries, csr.rows]);
  const column = tf.buffer([csr.entries, csr.columns]);
  for (let r = 0; r < csr.rows; r++)
    for (let entry = csr.rowPointers[r]!; entry < csr.rowPointers[r + 1]!; entry++) {
      row.set(1, entry, r);
      column.set(1, entry, csr.columnIndices[entry]!);
    }
  return { row: row.toTensor() as tf.Tensor2D, column: column.toTensor() as tf.Tensor2D };
}

/** Normal numbers in a shape, other ones for every label. */
export function normal(label: string, shape: number[]): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(Rng.root(7).split(label).normal(size), shape, 'float32');
}

type Function = (...inputs: tf.Tensor[]) => tf.Tensor;

/**
 * Asserts that two functions have the same value and the same gradient for every input, under a random cotangent. The
 * expected one is computed by tfjs' plain backend: its WebAssembly gives products over axes of length 0 no value.
 */
export function assertSame(actual: Function, expected: Function, inputs: tf.Tensor[], tolerance = 2e-5): void {
  const backend = tf.getBackend();
  const both = [actual, expected].map((f) => {
    // Takes effect at once: both have been started before.
    void tf.setBackend(f === expected ? 'cpu' : backend);
    const value = f(...inputs);
    const weighted = (...given: tf.Tensor[]) => tf.sum<tf.Scalar>(tf.mul(f(...given), normal('dy', value.shape)));
    return [value, ...tf.grads(weighted)(inputs)].map((tensor) => ({ shape: tensor.shape, values: tensor.dataSync() }));
  });
  void tf.setBackend(backend);
  both[0]!.forEach((tensor, i) => {
    const other = both[1]![i]!;
    if (tensor.shape.join() !== other.shape.join())
      throw new Error(`result ${i} has shape [${tensor.shape}], expected [${other.shape}]`);
    assertClose(tensor.values, other.values, tolerance);
  });
}

/** tfjs' backends that eager operations run on; started by `useBackends`, to be called in `before`. */
const BACKENDS = ['cpu', 'wasm', BACKEND] as const;

export async function useBackends(): Promise<void> {
  await selectEngine('tfjs');
  await selectEngine();
}

/** Runs `check` on random matrices, on every backend. */
export async function onEveryBackend(check: (csr: Csr, matrix: SparseMatrix) => void, numRuns = 25): Promise<void> {
  for (const backend of BACKENDS) {
    await tf.setBackend(backend);
    fc.assert(
      fc.property(matrices, (csr) => {
        const matrix = SparseMatrix.of(csr);
        tf.tidy(() => check(csr, matrix));
        matrix.dispose();
      }),
      { numRuns },
    );
  }
}
