import { Csr } from '../../src/sparse/csr';

/** A + I: every node gets an edge to itself of weight 1, in order. A must have no loops and ascending rows. */
export function withSelfLoops({ rows, rowPointers, columnIndices, values }: Csr): Csr {
  const pointers = rowPointers.map((pointer, row) => pointer + row);
  const columns = new Int32Array(columnIndices.length + rows);
  const weights = values && new Float32Array(columns.length);
  for (let row = 0, at = 0; row < rows; row++) {
    let placed = false;
    const loop = () => {
      if (weights !== undefined) weights[at] = 1;
      columns[at++] = row;
      placed = true;
    };
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++) {
      if (!placed && columnIndices[entry]! > row) loop();
      if (weights !== undefined) weights[at] = values![entry]!;
      columns[at++] = columnIndices[entry]!;
    }
    if (!placed) loop();
  }
  return new Csr({ rows, columns: rows, rowPointers: pointers, columnIndices: columns, values: weights });
}

/** D^-½ A D^-½ with D the row sums of a symmetric A (Kipf and Welling 2017); nodes without edges stay without. */
export function symmetricNormalized(adjacency: Csr): Csr {
  const scales = rowSums(adjacency).map((sum) => (sum > 0 ? 1 / Math.sqrt(sum) : 0));
  return symmetricallyScaled(adjacency, scales);
}

/** diag(s) A diag(s). */
export function symmetricallyScaled(adjacency: Csr, scales: ArrayLike<number>): Csr {
  return weighted(adjacency, (row, column, weight) => weight * scales[row]! * scales[column]!);
}

/** D⁻¹ A with D the row sums: each row sums to 1, so that a product with it is a mean; empty rows stay empty. */
export function randomWalkNormalized(adjacency: Csr): Csr {
  const sums = rowSums(adjacency);
  return weighted(adjacency, (row, _, weight) => weight / sums[row]!);
}

/** [rows]; of a matrix without values, the number of entries. */
export function rowSums({ rows, rowPointers, values }: Csr): Float64Array {
  return Float64Array.from({ length: rows }, (_, row) => {
    if (values === undefined) return rowPointers[row + 1]! - rowPointers[row]!;
    let sum = 0;
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++) sum += values[entry]!;
    return sum;
  });
}

function weighted(matrix: Csr, weight: (row: number, column: number, weight: number) => number): Csr {
  const { rows, columns, rowPointers, columnIndices } = matrix;
  const values = new Float32Array(columnIndices.length);
  for (let row = 0; row < rows; row++)
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++)
      values[entry] = weight(row, columnIndices[entry]!, matrix.values?.[entry] ?? 1);
  return new Csr({ rows, columns, rowPointers, columnIndices, values });
}
