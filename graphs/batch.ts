import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../src/core/errors';
import type { Batch } from '../src/core/types';
import { Csr } from '../src/sparse/csr';
import { SparseMatrix } from '../src/sparse/matrix';
import type { Features } from './features';
import type { Graph } from './graph';
import { symmetricNormalized, withSelfLoops } from './transforms/normalization';

/*
 * A graph as a batch: its examples are its nodes, its structure stands beside them as int32 extras. What a compiled
 * step is given it may be given anew each time, so one program serves all graphs of one size. Rows of a matrix are where
 * messages arrive, columns where they come from.
 */

/** Features with at least this share of numbers other than zero are stored in full. */
const DENSE_FROM = 0.1;

export interface GraphBatchOptions {
  /** [nodes], 1 where a node's terms count; by default all do. */
  readonly mask?: Float32Array;
  /** [nodes], −1 where the class is to stay unknown; by default the graph's own. */
  readonly labels?: Int32Array;
  /** Numbers beside a node's features, such as its position in the graph: [nodes, width]. */
  readonly positions?: { readonly width: number; readonly values: Float32Array };
  /** For relational models: [nodes, nodes] each, rows where edges of the relation arrive; by default the graph's own. */
  readonly relations?: readonly Csr[];
}

/** The structure of a batch. */
export interface BatchGraph {
  readonly nodes: number;
  /** Who sends to whom, without self loops and values. */
  readonly neighbors: SparseMatrix;
  /** The same with self loops; values D^-½ (A + I) D^-½ (Kipf and Welling 2017). */
  readonly loops: SparseMatrix;
}

/** The whole graph as one batch; whoever asks for it disposes it. Node i is example i. */
export function graphBatch(graph: Graph, options: GraphBatchOptions = {}): Batch {
  const { nodes } = graph;
  const { labels = graph.labels, mask = new Float32Array(nodes).fill(1), positions } = options;
  const relations = options.relations ?? graph.relations?.map((relation) => relation.transpose().matrix) ?? [];
  const arriving = graph.adjacency.transpose().matrix;
  const bare = new Csr({ ...sizesOf(arriving), values: undefined });
  const features = featureTensors(graph.features);
  return {
    x: features.x,
    y: tf.tensor1d(labels, 'int32'),
    mask: tf.tensor1d(mask, 'float32'),
    ids: Int32Array.from({ length: nodes }, (_, i) => i),
    size: nodes,
    extras: {
      ...features.extras,
      ...matrixExtras('neighbors', bare),
      ...matrixExtras('loops', symmetricNormalized(withSelfLoops(arriving))),
      ...(positions && { positions: tf.tensor2d(positions.values, [nodes, positions.width]) }),
      ...Object.assign({}, ...relations.map((relation, i) => matrixExtras(`relation${i}`, relation))),
    },
  };
}

/** The same nodes and structure under another mask; shares all other tensors. */
export function withMask(batch: Batch, mask: Float32Array): Batch {
  return { ...batch, mask: tf.tensor1d(mask, 'float32') };
}

/** 1 at the given nodes, 0 elsewhere. */
export function maskOf(count: number, nodes: ArrayLike<number>): Float32Array {
  const mask = new Float32Array(count);
  for (let i = 0; i < nodes.length; i++) mask[nodes[i]!] = 1;
  return mask;
}

/** Labels of the given nodes alone, −1 elsewhere: what a student may know. */
export function knownLabels(labels: Int32Array, nodes: ArrayLike<number>): Int32Array {
  const known = new Int32Array(labels.length).fill(-1);
  for (let i = 0; i < nodes.length; i++) known[nodes[i]!] = labels[nodes[i]!]!;
  return known;
}

/** The structure of a batch; throws KdlabError naming who asked where it has none. */
export function graphOf(batch: Batch, asker: string): BatchGraph {
  return { nodes: batch.size, neighbors: matrixOf(batch, 'neighbors', asker), loops: matrixOf(batch, 'loops', asker) };
}

/** The matrix of relation number `relation`. */
export function relationOf(batch: Batch, relation: number, asker: string): SparseMatrix {
  return matrixOf(batch, `relation${relation}`, asker);
}

/** A matrix as extras; with `room`, as one of so many rows, columns and entries, those that it lacks being empty. */
export function matrixExtras(
  name: string,
  csr: Csr,
  room: { readonly rows: number; readonly columns: number; readonly entries: number } = csr,
): Record<string, tf.Tensor> {
  const { rowPointers, columnIndices, values } = csr;
  const { matrix, order } = csr.transpose();
  const int32 = (array: Int32Array, length: number, rest = 0) => {
    if (array.length === length) return tf.tensor1d(array, 'int32');
    const longer = new Int32Array(length).fill(rest);
    longer.set(array);
    return tf.tensor1d(longer, 'int32');
  };
  const { columns, entries } = room;
  const weights = values && new Float32Array(entries);
  weights?.set(values!);
  return {
    [`${name}/pointers`]: int32(rowPointers, room.rows + 1, csr.entries),
    [`${name}/indices`]: int32(columnIndices, entries),
    [`${name}/columnPointers`]: int32(matrix.rowPointers, columns + 1, csr.entries),
    [`${name}/columnIndices`]: int32(matrix.columnIndices, entries),
    [`${name}/columnOrder`]: int32(order, entries),
    ...(weights && { [`${name}/values`]: tf.tensor1d(weights) }),
  };
}

/** A matrix among a batch's extras; throws KdlabError naming who asked where it is missing. */
export function matrixOf({ extras = {} }: Batch, name: string, asker: string, columns?: number): SparseMatrix {
  const part = (key: string) => extras[`${name}/${key}`] as tf.Tensor1D | undefined;
  const [pointers, indices, columnPointers, columnIndices, columnOrder] = [
    part('pointers'),
    part('indices'),
    part('columnPointers'),
    part('columnIndices'),
    part('columnOrder'),
  ];
  if (!pointers || !indices || !columnPointers || !columnIndices || !columnOrder)
    throw new KdlabError(
      `${asker} needs the graph, but the batch brings no "${name}"; give it the graph of the nodes it is asked about, ` +
        'or use a student that needs none (mlp)',
    );
  return new SparseMatrix(
    pointers.size - 1,
    columns ?? columnPointers.size - 1,
    indices.size,
    { pointers, indices, order: undefined },
    { pointers: columnPointers, indices: columnIndices, order: columnOrder },
    part('values'),
  );
}

function sizesOf({ rows, columns, rowPointers, columnIndices }: Csr) {
  return { rows, columns, rowPointers, columnIndices };
}

/** Features in full as x [nodes, f], or, where most are zero, as a matrix beside the numbers of the nodes [nodes]. */
function featureTensors(features: Features): { x: tf.Tensor; extras: Record<string, tf.Tensor> } {
  const { rows, columns } = features;
  const all = Int32Array.from({ length: rows }, (_, i) => i);
  if (features.kind === 'sparse' && features.matrix.entries < DENSE_FROM * rows * columns)
    return { x: tf.tensor1d(all, 'int32'), extras: matrixExtras('features', features.matrix) };
  return { x: tf.tensor2d(features.gather(all), [rows, columns]), extras: {} };
}
