import * as tf from '@tensorflow/tfjs';
import { Rng } from '../../src/math/rng';
import { Csr } from '../../src/sparse/csr';
import { SparseMatrix } from '../../src/sparse/matrix';
import { spmm } from '../../src/sparse/product';
import type { Arrays } from '../workload';

export interface GraphSize {
  readonly nodes: number;
  /** Each in one direction of a pair; both are stored. */
  readonly pairs: number;
  readonly features: number;
  /** Features that a node has; absent where all are dense. */
  readonly present?: number;
  readonly classes: number;
  readonly trained: number;
}

/** As many nodes, edges, features and labels as Cora (Sen et al. 2008) with its public split. */
export const CORA: GraphSize = { nodes: 2708, pairs: 5278, features: 1433, present: 18, classes: 7, trained: 140 };

/** About the size of ogbn-arxiv (Hu et al. 2020). */
export const LARGE: GraphSize = { nodes: 170_000, pairs: 600_000, features: 128, classes: 40, trained: 91_000 };

/**
 * A random graph: different pairs of nodes of which one end is drawn near the front, so that degrees differ widely; features that
 * tell the class. `source` → `target` [2·pairs]; `present` [nodes, k] columns of sparse features or `features` [nodes, f].
 */
export function graphArrays(size: GraphSize): Arrays {
  const { nodes, pairs, features, present, classes, trained } = size;
  const rng = Rng.root(0).split('graph', nodes);
  const near = rng.split('near').uniform(pairs);
  const far = rng.split('far').uniform(pairs);
  const source = new Int32Array(2 * pairs);
  const target = new Int32Array(2 * pairs);
  const taken = new Set<number>();
  for (let i = 0; i < pairs; i++) {
    const a = Math.floor(near[i]! ** 2 * nodes);
    let b = Math.floor(far[i]! * nodes);
    const key = () => Math.min(a, b) * nodes + Math.max(a, b);
    while (a === b || taken.has(key())) b = (b + 1) % nodes;
    taken.add(key());
    source[i] = target[i + pairs] = a;
    target[i] = source[i + pairs] = b;
  }
  const labels = Int32Array.from(rng.split('labels').words(nodes), (word) => word % classes);
  const mask = new Float32Array(nodes);
  for (const node of rng.split('trained').permutation(nodes).subarray(0, trained)) mask[node] = 1;
  const edges = {
    source: { shape: [2 * pairs], values: source },
    target: { shape: [2 * pairs], values: target },
    labels: { shape: [nodes], values: labels },
    mask: { shape: [nodes], values: mask },
  };
  if (present !== undefined) {
    const words = rng.split('features').words(nodes * present);
    const band = Math.floor(features / classes);
    // A third of a node's features come from its class's own.
    const columns = Int32Array.from(words, (word, i) => {
      const label = labels[Math.floor(i / present)]!;
      return i % 3 === 0 ? label * band + (word % band) : word % features;
    });
    return { ...edges, present: { shape: [nodes, present], values: columns } };
  }
  const values = rng.split('features').normal(nodes * features);
  labels.forEach((label, node) => {
    values[node * features + label] = values[node * features + label]! + 2;
  });
  return { ...edges, features: { shape: [nodes, features], values } };
}

/** A graph as tensors. Rows of a matrix are where messages arrive, columns where they come from. */
export interface GraphData {
  readonly nodes: number;
  /** D^-½ (A + I) D^-½ (Kipf and Welling 2017). */
  normalised(): SparseMatrix;
  /** A + I, and A, without values. */
  withLoops(): SparseMatrix;
  plain(): SparseMatrix;
  /** x · kernel, [nodes, features] × [features, n]. */
  project(kernel: tf.Tensor2D): tf.Tensor2D;
}

export function graphData({ nodes, features }: GraphSize, arrays: Arrays): GraphData {
  const source = arrays.source!.values as Int32Array;
  const target = arrays.target!.values as Int32Array;
  const own = Int32Array.from({ length: nodes }, (_, i) => i);
  const rows = concat(target, own);
  const columns = concat(source, own);
  const square = (rowIndices: Int32Array, columnIndices: Int32Array, of?: Float32Array) =>
    SparseMatrix.of(
      Csr.fromEntries({ rows: nodes, columns: nodes, rowIndices, columnIndices, ...(of && { values: of }) }),
    );
  return {
    nodes,
    normalised: () => {
      const degrees = new Float64Array(nodes);
      for (const row of rows) degrees[row]!++;
      const values = Float32Array.from(rows, (row, i) => 1 / Math.sqrt(degrees[row]! * degrees[columns[i]!]!));
      return square(rows, columns, values);
    },
    withLoops: () => square(rows, columns),
    plain: () => square(target, source),
    project: projection(nodes, features, arrays),
  };
}

function projection(nodes: number, features: number, arrays: Arrays): GraphData['project'] {
  if (arrays.features !== undefined) {
    const x = tf.keep(tf.tensor2d(arrays.features.values as Float32Array, [nodes, features]));
    return (kernel) => tf.matMul(x, kernel);
  }
  const columns = arrays.present!.values as Int32Array;
  const each = columns.length / nodes;
  const x = SparseMatrix.of(
    Csr.fromEntries({
      rows: nodes,
      columns: features,
      rowIndices: columns.map((_, i) => Math.floor(i / each)),
      columnIndices: columns,
      values: new Float32Array(columns.length).fill(1 / each),
    }),
  );
  return (kernel) => spmm(x, kernel);
}

function concat(a: Int32Array, b: Int32Array): Int32Array {
  const all = new Int32Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
