import { Csr } from '../../src/sparse/csr';

/** D^-½ (A + I) D^-½ with D the row sums of A + I (Kipf and Welling 2017, eq. 2). A has no loops and rising rows. */
export function normalizedWithLoops({ rows, rowPointers, columnIndices, values }: Csr): Csr {
  const entries = columnIndices.length + rows;
  const pointers = new Int32Array(rows + 1);
  const columns = new Int32Array(entries);
  const weights = new Float64Array(entries);
  const scales = new Float64Array(rows);
  let place = 0;
  for (let row = 0; row < rows; row++) {
    let placed = false;
    const put = (column: number, weight: number) => {
      columns[place] = column;
      weights[place++] = weight;
      scales[row]! += weight;
    };
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++) {
      if (!placed && columnIndices[entry]! > row) {
        put(row, 1);
        placed = true;
      }
      put(columnIndices[entry]!, values?.[entry] ?? 1);
    }
    if (!placed) put(row, 1);
    pointers[row + 1] = place;
  }
  for (let row = 0; row < rows; row++) scales[row] = 1 / Math.sqrt(scales[row]!);
  const normalized = new Float32Array(entries);
  for (let row = 0; row < rows; row++)
    for (let entry = pointers[row]!; entry < pointers[row + 1]!; entry++)
      normalized[entry] = weights[entry]! * scales[row]! * scales[columns[entry]!]!;
  return new Csr({ rows, columns: rows, rowPointers: pointers, columnIndices: columns, values: normalized });
}
