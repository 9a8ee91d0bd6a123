import { Csr } from '../../src/sparse/csr';
import { DenseFeatures, type Features, SparseFeatures } from '../features';
import type { Graph } from '../graph';

/**
 * Each row of features divided by its sum, as GCN takes bags of words (Kipf and Welling 2017); rows of zeros stay zero.
 * Stored features are read into memory.
 */
export function rowNormalized(graph: Graph): Graph {
  return graph.with({ features: scaledRows(graph.features) });
}

function scaledRows(features: Features): Features {
  const { rows, columns } = features;
  if (features.kind === 'sparse') {
    const { rowPointers, columnIndices } = features.matrix;
    const values = features.matrix.values?.slice() ?? new Float32Array(columnIndices.length).fill(1);
    for (let row = 0; row < rows; row++) scale(values.subarray(rowPointers[row], rowPointers[row + 1]));
    return new SparseFeatures(new Csr({ rows, columns, rowPointers, columnIndices, values }));
  }
  const all = Int32Array.from({ length: rows }, (_, row) => row);
  const values = features.gather(all);
  for (let row = 0; row < rows; row++) scale(values.subarray(row * columns, (row + 1) * columns));
  return new DenseFeatures(rows, columns, values);
}

function scale(row: Float32Array): void {
  let sum = 0;
  for (const value of row) sum += value;
  if (sum !== 0) for (let i = 0; i < row.length; i++) row[i]! /= sum;
}
