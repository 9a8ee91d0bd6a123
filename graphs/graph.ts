import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { KdlabError } from '../src/core/errors';
import type { Csr } from '../src/sparse/csr';
import type { Features } from './features';

export interface GraphParts {
  readonly name: string;
  /** [nodes, nodes]; row u holds the targets of the edges that leave u, each once, ascending. */
  readonly adjacency: Csr;
  readonly features: Features;
  /** [nodes], the class of each node; −1 where it is unknown. */
  readonly labels: Int32Array;
  readonly classes: number;
  /**
   * Of a heterogeneous graph, the edges of each kind by themselves, as rows like `adjacency`, which holds all of them; a
   * relation read backwards is another kind.
   */
  readonly relations?: readonly Csr[] | undefined;
}

/**
 * A graph with features and classes on its nodes, in compressed rows. It is immutable and owns its arrays. An
 * undirected edge is stored in both directions, so that a row lists all neighbours. 2³¹ − 1 directed edges fit.
 */
export class Graph implements GraphParts {
  readonly name: string;
  readonly adjacency: Csr;
  readonly features: Features;
  readonly labels: Int32Array;
  readonly classes: number;
  readonly relations: readonly Csr[] | undefined;
  private hashed: string | undefined;

  /** Throws KdlabError where the parts do not fit each other, or a label is out of range. */
  constructor({ name, adjacency, features, labels, classes, relations }: GraphParts) {
    const nodes = adjacency.rows;
    const refuse = (what: string) => new KdlabError(`graph ${name}: ${what}`);
    if (adjacency.columns !== nodes)
      throw refuse(`its adjacency is ${nodes} × ${adjacency.columns}, expected a square`);
    if (features.rows !== nodes)
      throw refuse(`${features.rows} rows of features, expected one for each of ${nodes} nodes`);
    if (labels.length !== nodes) throw refuse(`${labels.length} labels, expected one for each of ${nodes} nodes`);
    const misfit = relations?.find(({ rows, columns }) => rows !== nodes || columns !== nodes);
    if (misfit !== undefined)
      throw refuse(`a relation of ${misfit.rows} × ${misfit.columns}, expected ${nodes} × ${nodes}`);
    const stray = labels.findIndex((label) => label < -1 || label >= classes);
    if (stray >= 0)
      throw refuse(
        `node ${stray} has the label ${labels[stray]}, expected 0 to ${classes - 1}, or -1 where it is unknown`,
      );
    this.name = name;
    this.adjacency = adjacency;
    this.features = features;
    this.labels = labels;
    this.classes = classes;
    this.relations = relations;
  }

  get nodes(): number {
    return this.adjacency.rows;
  }

  /** Stored entries: an undirected edge counts twice. */
  get directedEdges(): number {
    return this.adjacency.entries;
  }

  /** [nodes + 1]: the edges of node u are offsets[u] … offsets[u+1] − 1. */
  get offsets(): Int32Array {
    return this.adjacency.rowPointers;
  }

  /** [directedEdges]. */
  get targets(): Int32Array {
    return this.adjacency.columnIndices;
  }

  /** [directedEdges]; absent where all are 1. */
  get weights(): Float32Array | undefined {
    return this.adjacency.values;
  }

  degree(node: number): number {
    return this.offsets[node + 1]! - this.offsets[node]!;
  }

  /** A view of the node's row. */
  neighbors(node: number): Int32Array {
    return this.targets.subarray(this.offsets[node], this.offsets[node + 1]);
  }

  /** SHA-256 (hex) of everything but the name; made when first asked for. */
  get digest(): string {
    this.hashed ??= contentDigest(this);
    return this.hashed;
  }

  /** The same graph with other parts. */
  with(parts: Partial<GraphParts>): Graph {
    const { name, adjacency, features, labels, classes, relations } = this;
    return new Graph({ name, adjacency, features, labels, classes, relations, ...parts });
  }
}

/** Pieces of a stored file that are hashed at a time. */
const PIECE = 2 ** 22;

function contentDigest({ nodes, adjacency, features, labels, classes, relations }: Graph): string {
  const hash = createHash('sha256');
  const matrix = ({ rowPointers, columnIndices, values }: Csr) => {
    for (const part of [rowPointers, columnIndices, values]) if (part !== undefined) hash.update(part);
  };
  const { kind, columns } = features;
  // A file is told like the array in memory that it holds.
  const stored = kind === 'sparse' ? kind : 'dense';
  const weighted = adjacency.values !== undefined;
  const valued = kind !== 'sparse' || features.matrix.values !== undefined;
  hash.update(JSON.stringify({ nodes, edges: adjacency.entries, classes, columns, stored, weighted, valued }));
  matrix(adjacency);
  for (const relation of relations ?? []) matrix(relation);
  hash.update(labels);
  if (kind === 'sparse') matrix(features.matrix);
  else if (kind === 'dense') hash.update(features.values);
  else {
    const descriptor = fs.openSync(features.file, 'r');
    const piece = Buffer.alloc(PIECE);
    for (let got = 1; got > 0; ) {
      got = fs.readSync(descriptor, piece, 0, PIECE, null);
      hash.update(piece.subarray(0, got));
    }
    fs.closeSync(descriptor);
  }
  return hash.digest('hex');
}
