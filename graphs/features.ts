import fs from 'node:fs';
import path from 'node:path';
import { KdlabError, messageOf } from '../src/core/errors';
import type { Csr } from '../src/sparse/csr';

/** Numbers of nodes, row r those of node r. */
interface FeatureRows {
  readonly rows: number;
  readonly columns: number;
  /** The rows of `nodes`, [nodes.length, columns] in row-major order. */
  gather(nodes: ArrayLike<number>): Float32Array;
}

/** All numbers in memory, [rows, columns] in row-major order. */
export class DenseFeatures implements FeatureRows {
  readonly kind = 'dense';

  /** Throws RangeError where `values` is not rows × columns long. */
  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly values: Float32Array,
  ) {
    if (values.length !== rows * columns)
      throw new RangeError(`${rows} × ${columns} features need ${rows * columns} numbers, found ${values.length}`);
  }

  gather(nodes: ArrayLike<number>): Float32Array {
    const { columns, values } = this;
    const out = new Float32Array(nodes.length * columns);
    for (let i = 0; i < nodes.length; i++)
      out.set(values.subarray(nodes[i]! * columns, (nodes[i]! + 1) * columns), i * columns);
    return out;
  }
}

/** Mostly zeros, as bags of words are; `matrix` without values is a matrix of ones. */
export class SparseFeatures implements FeatureRows {
  readonly kind = 'sparse';

  constructor(readonly matrix: Csr) {}

  get rows(): number {
    return this.matrix.rows;
  }

  get columns(): number {
    return this.matrix.columns;
  }

  gather(nodes: ArrayLike<number>): Float32Array {
    const { columns, rowPointers, columnIndices, values } = this.matrix;
    const out = new Float32Array(nodes.length * columns);
    for (let i = 0; i < nodes.length; i++)
      for (let entry = rowPointers[nodes[i]!]!; entry < rowPointers[nodes[i]! + 1]!; entry++)
        out[i * columns + columnIndices[entry]!]! += values?.[entry] ?? 1;
    return out;
  }
}

/**
 * Rows in a file of little-endian float32, read by position when they are asked for; the system's page cache keeps
 * those in use. What no memory holds at once has a place here.
 */
export class StoredFeatures implements FeatureRows {
  readonly kind = 'stored';
  private descriptor: number | undefined;

  /** Throws RangeError where the file has not the size of rows × columns numbers. */
  constructor(
    readonly file: string,
    readonly rows: number,
    readonly columns: number,
  ) {
    const { size } = fs.statSync(file);
    if (size !== 4 * rows * columns)
      throw new RangeError(`${file} has ${size} bytes, expected 4 × ${rows} × ${columns} = ${4 * rows * columns}`);
  }

  gather(nodes: ArrayLike<number>): Float32Array {
    this.descriptor ??= fs.openSync(this.file, 'r');
    const width = 4 * this.columns;
    const out = new Float32Array(nodes.length * this.columns);
    const bytes = new Uint8Array(out.buffer);
    for (let i = 0; i < nodes.length; ) {
      // Neighbouring rows come in one read.
      let run = 1;
      while (i + run < nodes.length && nodes[i + run] === nodes[i]! + run) run++;
      const got = fs.readSync(this.descriptor, bytes, i * width, run * width, nodes[i]! * width);
      if (got !== run * width)
        throw new RangeError(`${this.file} ends within row ${nodes[i]! + Math.floor(got / width)}`);
      i += run;
    }
    return out;
  }

  /** Closes the file; it opens again at the next `gather`. */
  close(): void {
    if (this.descriptor !== undefined) fs.closeSync(this.descriptor);
    this.descriptor = undefined;
  }
}

/** Writes rows into a file of little-endian float32, one piece after the other, for `StoredFeatures`. */
export class FeatureWriter {
  private readonly descriptor: number;
  private rows = 0;

  /** Makes the folder where it is missing. Throws KdlabError where the file cannot be written. */
  constructor(
    readonly file: string,
    readonly columns: number,
  ) {
    this.descriptor = this.writing(() => {
      fs.mkdirSync(path.dirname(file), { recursive: true });
      return fs.openSync(file, 'w');
    });
  }

  /** Appends whole rows, row-major. */
  append(rows: Float32Array): void {
    const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
    this.writing(() => {
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.descriptor, bytes, at);
    });
    this.rows += rows.length / this.columns;
  }

  close(): StoredFeatures {
    fs.closeSync(this.descriptor);
    return new StoredFeatures(this.file, this.rows, this.columns);
  }

  private writing<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw new KdlabError(`cannot write features to ${this.file}: ${messageOf(error)}`, { cause: error });
    }
  }
}

export type Features = DenseFeatures | SparseFeatures | StoredFeatures;
