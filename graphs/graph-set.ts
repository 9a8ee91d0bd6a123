import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../src/core/errors';
import type { Batch } from '../src/core/types';
import { Csr } from '../src/sparse/csr';
import { matrixExtras } from './batch';
import type { Room } from './sampling/piece';
import { symmetricNormalized, withSelfLoops } from './transforms/normalization';

export interface GraphSetParts {
  readonly name: string;
  /** [graphs + 1]: the nodes of graph g are offsets[g] … offsets[g+1] − 1. */
  readonly offsets: Int32Array;
  /** [nodes, nodes], undirected; no edge leaves a graph. */
  readonly adjacency: Csr;
  /** Numbers of a node. */
  readonly columns: number;
  /** [nodes, columns]. */
  readonly features: Float32Array;
  /** [graphs], the class of each graph. */
  readonly labels: Int32Array;
  readonly classes: number;
}

/** Many small graphs, each an example with a class: one after the other, as blocks of one matrix. */
export class GraphSet {
  /** Throws KdlabError where the parts do not fit, a graph has no node, or an edge leaves its graph. */
  constructor(readonly parts: GraphSetParts) {
    const { name, offsets, adjacency, columns, features, labels, classes } = parts;
    const refuse = (what: string) => new KdlabError(`graphs ${name}: ${what}`);
    const nodes = offsets.at(-1) ?? 0;
    if (labels.length !== offsets.length - 1) throw refuse(`${labels.length} labels of ${offsets.length - 1} graphs`);
    if (adjacency.rows !== nodes || features.length !== nodes * columns)
      throw refuse(`${adjacency.rows} rows and ${features.length} features of ${nodes} nodes with ${columns} numbers`);
    const stray = labels.findIndex((label) => label < 0 || label >= classes);
    if (stray >= 0) throw refuse(`graph ${stray} has the label ${labels[stray]}, expected 0 to ${classes - 1}`);
    for (let graph = 0; graph < labels.length; graph++) {
      const [first, end] = [offsets[graph]!, offsets[graph + 1]!];
      if (end <= first) throw refuse(`graph ${graph} has no node`);
      for (let entry = adjacency.rowPointers[first]!; entry < adjacency.rowPointers[end]!; entry++) {
        const target = adjacency.columnIndices[entry]!;
        if (target < first || target >= end) throw refuse(`an edge leaves graph ${graph}, to node ${target}`);
      }
    }
  }

  get count(): number {
    return this.parts.labels.length;
  }

  /** SHA-256 (hex) of all but the name. */
  get digest(): string {
    const { offsets, adjacency, features, labels } = this.parts;
    const hash = createHash('sha256');
    for (const part of [offsets, adjacency.rowPointers, adjacency.columnIndices, features, labels]) hash.update(part);
    return hash.digest('hex');
  }

  /** Nodes and edges, stored in both directions, of chosen graphs. */
  roomOf(graphs: ArrayLike<number>): Room {
    const { offsets, adjacency } = this.parts;
    const room = { nodes: 0, entries: 0 };
    for (let i = 0; i < graphs.length; i++) {
      const [first, end] = [offsets[graphs[i]!]!, offsets[graphs[i]! + 1]!];
      room.nodes += end - first;
      room.entries += adjacency.rowPointers[end]! - adjacency.rowPointers[first]!;
    }
    return room;
  }

  /**
   * Graphs as a batch whose examples they are: x [n, columns] the mean of their nodes, what a student without structure
   * sees; as extras the nodes `nodes/x` [room.nodes, columns], their structure, and `members` [n, room.nodes] of ones. Nodes and
   * entries that lack to `room` are empty. The caller disposes it. Throws RangeError for too little room.
   */
  batch(graphs: Int32Array, room: Room = this.roomOf(graphs)): Batch {
    const { offsets, adjacency, columns, features, labels } = this.parts;
    const needed = this.roomOf(graphs);
    if (needed.nodes > room.nodes || needed.entries > room.entries)
      throw new RangeError(`${needed.nodes} nodes, ${needed.entries} entries, room for ${room.nodes}, ${room.entries}`);
    const x = new Float32Array(graphs.length * columns);
    const rows = new Float32Array(room.nodes * columns);
    const memberPointers = new Int32Array(graphs.length + 1);
    const pointers = new Int32Array(needed.nodes + 1);
    const indices = new Int32Array(needed.entries);
    let [node, entry] = [0, 0];
    graphs.forEach((graph, i) => {
      const [first, end] = [offsets[graph]!, offsets[graph + 1]!];
      rows.set(features.subarray(first * columns, end * columns), node * columns);
      for (let at = first; at < end; at++) {
        for (let k = 0; k < columns; k++) x[i * columns + k]! += features[at * columns + k]! / (end - first);
        for (let e = adjacency.rowPointers[at]!; e < adjacency.rowPointers[at + 1]!; e++)
          indices[entry++] = adjacency.columnIndices[e]! - first + memberPointers[i]!;
        pointers[++node] = entry;
      }
      memberPointers[i + 1] = node;
    });
    const square = { rows: needed.nodes, columns: needed.nodes };
    const neighbors = new Csr({ ...square, rowPointers: pointers, columnIndices: indices });
    const members = new Csr({
      rows: graphs.length,
      columns: needed.nodes,
      rowPointers: memberPointers,
      columnIndices: Int32Array.from({ length: needed.nodes }, (_, at) => at),
    });
    const padded = { rows: room.nodes, columns: room.nodes };
    return {
      x: tf.tensor2d(x, [graphs.length, columns]),
      y: tf.tensor1d(
        graphs.map((graph) => labels[graph]!),
        'int32',
      ),
      ids: graphs,
      size: graphs.length,
      extras: {
        'nodes/x': tf.tensor2d(rows, [room.nodes, columns]),
        ...matrixExtras('neighbors', neighbors, { ...padded, entries: room.entries }),
        ...matrixExtras('loops', symmetricNormalized(withSelfLoops(neighbors)), {
          ...padded,
          entries: room.entries + room.nodes,
        }),
        ...matrixExtras('members', members, { rows: graphs.length, columns: room.nodes, entries: room.nodes }),
      },
    };
  }
}
