import type * as tf from '@tensorflow/tfjs';
import { adjacencyOf } from '../../graphs/data/adjacency';
import { DenseFeatures, type Features, SparseFeatures } from '../../graphs/features';
import { Graph } from '../../graphs/graph';
import { symmetrized } from '../../graphs/transforms/undirected';
import { Rng } from '../../src/math/rng';
import { Csr } from '../../src/sparse/csr';

export type Matrix = number[][];

/** Five nodes: a triangle 0-1-2, an edge 2-3, and node 4 alone. */
export const EDGES: readonly (readonly [number, number])[] = [
  [0, 1],
  [1, 2],
  [0, 2],
  [2, 3],
];
export const NODES = 5;
export const FEATURES = 3;
export const CLASSES = 2;
export const LABELS = [0, 1, 0, 1, 1];

/** The graph with nodes renamed: node i becomes `names[i]`. */
export function smallGraph(options: { names?: readonly number[]; sparse?: boolean } = {}): Graph {
  const { names = [0, 1, 2, 3, 4], sparse = false } = options;
  const { adjacency } = adjacencyOf({
    name: 'small',
    nodes: NODES,
    sources: EDGES.map(([a]) => names[a]!),
    targets: EDGES.map(([, b]) => names[b]!),
  });
  const rows: Matrix = Array.from({ length: NODES }, () => []);
  const labels = new Int32Array(NODES);
  for (let node = 0; node < NODES; node++) {
    rows[names[node]!] = FEATURE_ROWS[node]!;
    labels[names[node]!] = LABELS[node]!;
  }
  return new Graph({
    name: 'small',
    adjacency: symmetrized(adjacency),
    features: sparse ? sparseFeatures(rows) : new DenseFeatures(NODES, FEATURES, Float32Array.from(rows.flat())),
    labels,
    classes: CLASSES,
  });
}

export const FEATURE_ROWS: Matrix = Array.from({ length: NODES }, (_, node) => [
  ...Rng.root(3).split('features', node).normal(FEATURES),
]);

/** Wide features with two numbers in twenty-five columns, so that a batch stores them as a matrix. */
export function wideGraph(): Graph {
  const rows = FEATURE_ROWS.map(([a, b], node) => {
    const row = new Array<number>(25).fill(0);
    row[node] = a!;
    row[20 + (node % 3)] = b!;
    return row;
  });
  return smallGraph().with({ features: sparseFeatures(rows) });
}

function sparseFeatures(rows: Matrix): Features {
  const entries = rows.flatMap((row, r) => row.flatMap((value, c) => (value === 0 ? [] : [{ r, c, value }])));
  return new SparseFeatures(
    Csr.fromEntries({
      rows: rows.length,
      columns: rows[0]!.length,
      rowIndices: entries.map(({ r }) => r),
      columnIndices: entries.map(({ c }) => c),
      values: entries.map(({ value }) => value),
    }),
  );
}

/** 1 where j sends to i. */
export function adjacency(): Matrix {
  const a = zeros(NODES, NODES);
  for (const [i, j] of EDGES) a[i]![j] = a[j]![i] = 1;
  return a;
}

export function withLoops(): Matrix {
  return adjacency().map((row, i) => row.map((value, j) => (i === j ? 1 : value)));
}

export function zeros(rows: number, columns: number): Matrix {
  return Array.from({ length: rows }, () => new Array<number>(columns).fill(0));
}

export function times(a: Matrix, b: Matrix): Matrix {
  return a.map((row) => b[0]!.map((_, j) => row.reduce((sum, value, k) => sum + value * b[k]![j]!, 0)));
}

export function plus(...all: Matrix[]): Matrix {
  return all[0]!.map((row, i) => row.map((_, j) => all.reduce((sum, m) => sum + m[i % m.length]![j]!, 0)));
}

export function scaled(a: Matrix, factor: number): Matrix {
  return each(a, (x) => factor * x);
}

export function each(a: Matrix, f: (x: number) => number): Matrix {
  return a.map((row) => row.map(f));
}

/** Rows divided by their sums; a row of zeros stays. */
export function rowMeans(a: Matrix): Matrix {
  return a.map((row) => {
    const sum = row.reduce((total, value) => total + value, 0);
    return row.map((value) => (sum === 0 ? 0 : value / sum));
  });
}

export const relu = (x: number) => Math.max(0, x);

export function softmax(row: readonly number[]): number[] {
  const powers = row.map(Math.exp);
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** A variable's or tensor's values as rows; a vector is one row. */
export function rowsOf(tensor: tf.Tensor): Matrix {
  const width = tensor.shape.at(-1)!;
  const values = [...tensor.dataSync()];
  return Array.from({ length: values.length / width }, (_, i) => values.slice(i * width, (i + 1) * width));
}
