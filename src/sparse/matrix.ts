import * as tf from '@tensorflow/tfjs';
import type { Csr } from './csr';

/**
 * The entries of a matrix grouped by row: row r has the places pointers[r] … pointers[r+1] − 1 of `indices` (their
 * columns) and of `order` (their numbers; absent where an entry's number is its place). Places from pointers[rows] on
 * are padding: they are in no row.
 */
export interface Layout {
  readonly pointers: tf.Tensor1D;
  readonly indices: tf.Tensor1D;
  readonly order: tf.Tensor1D | undefined;
}

/**
 * A sparse matrix as tensors, grouped both by row and by column, so that a product and its gradient both run along
 * rows. Entries are numbered; whatever there is one of for each entry (values, scores) is in the order of these numbers,
 * for the matrix and its transpose alike. The structure is int32 and has no gradient.
 */
export class SparseMatrix {
  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly entries: number,
    readonly byRow: Layout,
    readonly byColumn: Layout,
    /** [entries]; absent where all are 1. */
    readonly values: tf.Tensor1D | undefined,
  ) {}

  /** Holds its tensors until `dispose`, also when made in a tidy. Entries are numbered as in `csr`. */
  static of(csr: Csr): SparseMatrix {
    const { matrix: transpose, order } = csr.transpose();
    const int32 = (values: Int32Array) => tf.keep(tf.tensor1d(values, 'int32'));
    return new SparseMatrix(
      csr.rows,
      csr.columns,
      csr.entries,
      { pointers: int32(csr.rowPointers), indices: int32(csr.columnIndices), order: undefined },
      { pointers: int32(transpose.rowPointers), indices: int32(transpose.columnIndices), order: int32(order) },
      csr.values && tf.keep(tf.tensor1d(csr.values, 'float32')),
    );
  }

  /** Shares the tensors and the numbers of the entries. */
  get transposed(): SparseMatrix {
    return new SparseMatrix(this.columns, this.rows, this.entries, this.byColumn, this.byRow, this.values);
  }

  dispose(): void {
    const layouts = [this.byRow, this.byColumn].flatMap(({ pointers, indices, order }) => [pointers, indices, order]);
    for (const tensor of [...layouts, this.values]) tensor?.dispose();
  }
}
