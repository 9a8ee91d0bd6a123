/** A matrix that is mostly zeros, by rows: row r holds the entries rowPointers[r] … rowPointers[r+1] − 1. */
export interface CsrParts {
  readonly rows: number;
  readonly columns: number;
  /** [rows + 1], from 0, never falling. */
  readonly rowPointers: Int32Array;
  /** The column of every entry. */
  readonly columnIndices: Int32Array;
  /** The value of every entry; absent where all are 1. */
  readonly values?: Float32Array | undefined;
}

/** A transpose, and for each of its entries the number of the same entry in the original. */
export interface Transpose {
  readonly matrix: Csr;
  readonly order: Int32Array;
}

/**
 * A sparse matrix in compressed rows. It is immutable and owns its arrays: whoever makes one must not write to them
 * any more. Several entries may share a place; they add up. Entries of a row keep their order.
 */
export class Csr implements CsrParts {
  readonly rows: number;
  readonly columns: number;
  readonly rowPointers: Int32Array;
  readonly columnIndices: Int32Array;
  readonly values: Float32Array | undefined;
  private transposed: Transpose | undefined;

  /** Throws RangeError where the parts do not make a matrix. */
  constructor({ rows, columns, rowPointers, columnIndices, values }: CsrParts) {
    const entries = columnIndices.length;
    if (rowPointers.length !== rows + 1)
      throw new RangeError(`${rows} rows need ${rows + 1} row pointers, found ${rowPointers.length}`);
    if (rowPointers[0] !== 0 || rowPointers[rows] !== entries)
      throw new RangeError(
        `row pointers must run from 0 to the ${entries} entries, found ${rowPointers[0]} to ${rowPointers[rows]}`,
      );
    for (let row = 0; row < rows; row++)
      if (rowPointers[row]! > rowPointers[row + 1]!)
        throw new RangeError(`row pointers fall from ${rowPointers[row]} to ${rowPointers[row + 1]} at row ${row}`);
    for (let entry = 0; entry < entries; entry++) {
      const column = columnIndices[entry]!;
      if (column < 0 || column >= columns)
        throw new RangeError(`entry ${entry} is in column ${column}, outside the ${columns} columns`);
    }
    if (values !== undefined && values.length !== entries)
      throw new RangeError(`${entries} entries need as many values, found ${values.length}`);
    this.rows = rows;
    this.columns = columns;
    this.rowPointers = rowPointers;
    this.columnIndices = columnIndices;
    this.values = values;
  }

  /** From entries in any order, given by row, column and value; those of a row keep their order. Throws RangeError. */
  static fromEntries(parts: {
    rows: number;
    columns: number;
    rowIndices: ArrayLike<number>;
    columnIndices: ArrayLike<number>;
    values?: ArrayLike<number>;
  }): Csr {
    const { rows, columns, rowIndices, columnIndices, values } = parts;
    if (rowIndices.length !== columnIndices.length)
      throw new RangeError(`${rowIndices.length} rows of entries, but ${columnIndices.length} columns`);
    for (let entry = 0; entry < rowIndices.length; entry++) {
      const row = rowIndices[entry]!;
      if (!(row >= 0 && row < rows)) throw new RangeError(`entry ${entry} is in row ${row}, outside the ${rows} rows`);
    }
    const { pointers, order } = sorted(rowIndices, rows);
    return new Csr({
      rows,
      columns,
      rowPointers: pointers,
      columnIndices: Int32Array.from(order, (entry) => columnIndices[entry]!),
      values: values && Float32Array.from(order, (entry) => values[entry]!),
    });
  }

  get entries(): number {
    return this.columnIndices.length;
  }

  /** Made once. Entries of a transposed row are in the order of the rows they come from. */
  transpose(): Transpose {
    if (this.transposed === undefined) {
      const { rows, columns, rowPointers, columnIndices, values } = this;
      const { pointers, order } = sorted(columnIndices, columns);
      const rowOf = new Int32Array(this.entries);
      for (let row = 0; row < rows; row++) rowOf.fill(row, rowPointers[row], rowPointers[row + 1]);
      const matrix = new Csr({
        rows: columns,
        columns: rows,
        rowPointers: pointers,
        columnIndices: order.map((entry) => rowOf[entry]!),
        values: values && Float32Array.from(order, (entry) => values[entry]!),
      });
      this.transposed = { matrix, order };
    }
    return this.transposed;
  }
}

/** A stable counting sort of the numbers of entries by `keys` in [0, count): where each key begins, and the order. */
function sorted(keys: ArrayLike<number>, count: number): { pointers: Int32Array; order: Int32Array } {
  const pointers = new Int32Array(count + 1);
  for (let entry = 0; entry < keys.length; entry++) pointers[keys[entry]! + 1]!++;
  for (let key = 0; key < count; key++) pointers[key + 1]! += pointers[key]!;
  const next = pointers.slice(0, count);
  const order = new Int32Array(keys.length);
  for (let entry = 0; entry < keys.length; entry++) order[next[keys[entry]!]!++] = entry;
  return { pointers, order };
}
