import * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../src/core/types';
import type { Csr } from '../../src/sparse/csr';
import { matrixExtras } from '../batch';
import type { Features } from '../features';
import type { Positions } from '../positions';

/** Part of a graph that a step is made on. */
export interface Piece {
  /** Numbers of the nodes in the whole graph, each once. */
  readonly nodes: Int32Array;
  /** [nodes], 1 where a node counts in a loss. */
  readonly mask: Float32Array;
  /** [nodes, nodes] in places of `nodes`: who sends to whom, without loops and values. */
  readonly neighbors: Csr;
  /** The same with self loops and normalised values. */
  readonly loops: Csr;
}

/** Sizes that pieces are padded to, so that their steps share a program. */
export interface Room {
  readonly nodes: number;
  /** Of `neighbors`; `loops` has room for one more at every node. */
  readonly entries: number;
}

/** What there is to know of the whole graph's nodes. */
export interface NodeData {
  readonly features: Features;
  /** [nodes], −1 where the class is to stay unknown. */
  readonly labels: Int32Array;
  readonly positions?: Positions | undefined;
}

/** The least room that holds a piece. */
export function roomOf({ nodes, neighbors }: Piece): Room {
  return { nodes: nodes.length, entries: neighbors.entries };
}

/** The larger of both in either size, rounded up: to the next multiple of an eighth of its own power of two. */
export function widened(room: Room, by: Room): Room {
  const wide = (own: number, other: number) => (other > own ? rounded(other) : own);
  return { nodes: wide(room.nodes, by.nodes), entries: wide(room.entries, by.entries) };
}

function rounded(size: number): number {
  const unit = Math.max(1, 2 ** Math.floor(Math.log2(size)) / 8);
  return Math.ceil(size / unit) * unit;
}

/**
 * A piece as a batch of room.nodes examples: x [nodes, features] in full, the structure as extras, the mask 1 at those who
 * count. Padded nodes have no edges, features of 0 and the first node's number; padded entries are in no row. The caller
 * disposes it. Throws RangeError where the piece has not room.
 */
export function pieceBatch({ nodes, mask, neighbors, loops }: Piece, data: NodeData, room: Room): Batch {
  if (nodes.length > room.nodes || neighbors.entries > room.entries)
    throw new RangeError(
      `${nodes.length} nodes and ${neighbors.entries} entries, room for ${room.nodes} and ${room.entries}`,
    );
  const { features, labels, positions } = data;
  const ids = new Int32Array(room.nodes).fill(nodes[0]!);
  ids.set(nodes);
  const rows = (values: Float32Array, width: number) => {
    const all = new Float32Array(room.nodes * width);
    all.set(values);
    return tf.tensor2d(all, [room.nodes, width]);
  };
  const counted = new Float32Array(room.nodes);
  counted.set(mask);
  const square = { rows: room.nodes, columns: room.nodes };
  const known = new Int32Array(room.nodes).fill(-1);
  nodes.forEach((node, i) => {
    known[i] = labels[node]!;
  });
  return {
    x: rows(features.gather(nodes), features.columns),
    y: tf.tensor1d(known, 'int32'),
    mask: tf.tensor1d(counted),
    ids,
    size: room.nodes,
    extras: {
      ...matrixExtras('neighbors', neighbors, { ...square, entries: room.entries }),
      ...matrixExtras('loops', loops, { ...square, entries: room.entries + room.nodes }),
      ...(positions && { positions: rows(positions.gather(nodes), positions.width) }),
    },
  };
}
