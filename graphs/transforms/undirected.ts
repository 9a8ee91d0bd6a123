import { Csr } from '../../src/sparse/csr';
import type { Graph } from '../graph';

/**
 * Every edge in both directions, each once; of two weights the larger stays, so that the result is symmetric. Rows must
 * ascend without repetition and the result does. Linear in nodes and edges.
 */
export function symmetrized(adjacency: Csr): Csr {
  const { rows } = adjacency;
  const transpose = transposed(adjacency);
  const pointers = new Int32Array(rows + 1);
  // Once to count, once to fill: no array grows.
  for (let row = 0; row < rows; row++) pointers[row + 1] = pointers[row]! + mergeRow(adjacency, transpose, row);
  const into = {
    columns: new Int32Array(pointers[rows]!),
    values: adjacency.values && new Float32Array(pointers[rows]!),
  };
  for (let row = 0; row < rows; row++) mergeRow(adjacency, transpose, row, { ...into, at: pointers[row]! });
  return new Csr({ rows, columns: rows, rowPointers: pointers, columnIndices: into.columns, values: into.values });
}

/** The same graph with every edge in both directions. */
export function undirected(graph: Graph): Graph {
  return graph.with({ adjacency: symmetrized(graph.adjacency) });
}

interface Destination {
  readonly columns: Int32Array;
  readonly values: Float32Array | undefined;
  readonly at: number;
}

/** The union of a row of two matrices, in order; returns its size. */
function mergeRow(left: Csr, right: Csr, row: number, into?: Destination): number {
  const { rowPointers: ends, columnIndices: a, values: x } = left;
  const { rowPointers: otherEnds, columnIndices: b, values: y } = right;
  let [i, j] = [ends[row]!, otherEnds[row]!];
  const [lastI, lastJ] = [ends[row + 1]!, otherEnds[row + 1]!];
  let size = 0;
  while (i < lastI || j < lastJ) {
    const column = i < lastI && (j >= lastJ || a[i]! <= b[j]!) ? a[i]! : b[j]!;
    const inLeft = i < lastI && a[i] === column;
    const inRight = j < lastJ && b[j] === column;
    if (into !== undefined) {
      into.columns[into.at + size] = column;
      if (into.values !== undefined) into.values[into.at + size] = Math.max(inLeft ? x![i]! : 0, inRight ? y![j]! : 0);
    }
    if (inLeft) i++;
    if (inRight) j++;
    size++;
  }
  return size;
}

/** Without the order of entries that `Csr.transpose` keeps, which large graphs have no room for. */
function transposed({ rows, rowPointers, columnIndices, values }: Csr): Csr {
  const pointers = new Int32Array(rows + 1);
  for (let entry = 0; entry < columnIndices.length; entry++) pointers[columnIndices[entry]! + 1]!++;
  for (let row = 0; row < rows; row++) pointers[row + 1]! += pointers[row]!;
  const next = pointers.slice(0, rows);
  const columns = new Int32Array(columnIndices.length);
  const moved = values && new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++) {
      const place = next[columnIndices[entry]!]!++;
      columns[place] = row;
      if (moved !== undefined) moved[place] = values![entry]!;
    }
  return new Csr({ rows, columns: rows, rowPointers: pointers, columnIndices: columns, values: moved });
}
