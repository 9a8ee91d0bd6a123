import type { Rng, Stream } from '../../src/math/rng';
import { Csr } from '../../src/sparse/csr';
import { DenseFeatures } from '../features';
import type { Graph } from '../graph';

/** Some nodes, neighbours drawn for them, neighbours of those, and so on. */
export interface Neighborhood {
  /** The nodes met, each once: first the seeds in their order, then those of each hop. */
  readonly nodes: Int32Array;
  /** hops[h]: how many nodes were met within h hops; hops[0] seeds. */
  readonly hops: readonly number[];
  /**
   * [nodes, nodes] in places of `nodes`: row i holds, ascending, the neighbours drawn for node i, from whom messages reach
   * it. Rows of the last hop are empty.
   */
  readonly adjacency: Csr;
}

export interface SampleOptions {
  /** Most neighbours of a node drawn at each hop; Infinity takes all. */
  readonly fanouts: readonly number[];
  /**
   * Multiply each value by (neighbours there are) / (neighbours drawn), so that a weighted sum over those drawn is on
   * average the sum over all: what a GCN needs, while a mean is right as it is. The matrix then has values.
   */
  readonly rescale?: boolean;
}

/**
 * Draws neighbours layer by layer, without replacement (GraphSAGE, Hamilton, Ying, Leskovec, NeurIPS 2017). Rows of the
 * matrix list whom a node receives from: an undirected graph's adjacency as it is, a directed one's transposed. Keeps
 * one integer for each node, so that a batch costs what it holds and not what the graph holds.
 */
export class NeighborSampler {
  /** By node: its place in the batch under way, −1 outside. */
  private readonly places: Int32Array;

  constructor(readonly adjacency: Csr) {
    this.places = new Int32Array(adjacency.rows).fill(-1);
  }

  /** The same seeds, options and `rng` give the same neighbourhood. Throws RangeError where seeds repeat or do not exist. */
  sample(seeds: ArrayLike<number>, { fanouts, rescale = false }: SampleOptions, rng: Rng): Neighborhood {
    const nodes: number[] = [];
    try {
      return this.draw(nodes, seeds, fanouts, rescale, rng);
    } finally {
      for (const node of nodes) this.places[node] = -1;
    }
  }

  private draw(
    nodes: number[],
    seeds: ArrayLike<number>,
    fanouts: readonly number[],
    rescale: boolean,
    rng: Rng,
  ): Neighborhood {
    const { places } = this;
    const { rows, rowPointers, columnIndices, values } = this.adjacency;
    for (let i = 0; i < seeds.length; i++) {
      const seed = seeds[i]!;
      if (!(Number.isInteger(seed) && seed >= 0 && seed < rows) || places[seed]! >= 0)
        throw new RangeError(`seed ${seed} is met twice or is no node from 0 to ${rows - 1}`);
      places[seed] = nodes.length;
      nodes.push(seed);
    }
    const weighted = values !== undefined || rescale;
    const hops = [nodes.length];
    const pointers = [0];
    const columns: number[] = [];
    const weights: number[] = [];
    const drawn: number[] = [];
    fanouts.forEach((fanout, hop) => {
      const draws = rng.split('hop', hop).stream();
      const end = nodes.length;
      // Nodes met at an earlier hop have their neighbours already; row i follows row i − 1.
      for (let i = pointers.length - 1; i < end; i++) {
        const begin = rowPointers[nodes[i]!]!;
        const degree = rowPointers[nodes[i]! + 1]! - begin;
        choose(degree, fanout, draws, drawn);
        const factor = rescale ? degree / drawn.length : 1;
        const first = columns.length;
        for (const place of drawn) {
          const node = columnIndices[begin + place]!;
          if (places[node]! < 0) {
            places[node] = nodes.length;
            nodes.push(node);
          }
          insert(
            columns,
            weights,
            first,
            places[node]!,
            weighted ? (values?.[begin + place] ?? 1) * factor : undefined,
          );
        }
        pointers.push(columns.length);
      }
      hops.push(nodes.length);
    });
    while (pointers.length <= nodes.length) pointers.push(columns.length);
    const adjacency = new Csr({
      rows: nodes.length,
      columns: nodes.length,
      rowPointers: Int32Array.from(pointers),
      columnIndices: Int32Array.from(columns),
      values: weighted ? Float32Array.from(weights) : undefined,
    });
    return { nodes: Int32Array.from(nodes), hops, adjacency };
  }
}

/**
 * A neighbourhood as a graph of its own, node i being nodes[i]: features gathered, labels as they are; edges run to the
 * node that receives. Seeds are the first hops[0] nodes.
 */
export function neighborhoodGraph(graph: Graph, { nodes, adjacency }: Neighborhood): Graph {
  const { columns } = graph.features;
  return graph.with({
    adjacency: adjacency.transpose().matrix,
    features: new DenseFeatures(nodes.length, columns, graph.features.gather(nodes)),
    labels: nodes.map((node) => graph.labels[node]!),
  });
}

/** `count` different places of [0, size) into `out`, or all of them where there are no more (Floyd's algorithm). */
function choose(size: number, count: number, draws: Stream, out: number[]): void {
  out.length = 0;
  if (size <= count) {
    for (let place = 0; place < size; place++) out.push(place);
    return;
  }
  // A set pays only for more than a few dozens.
  const set = count > 32 ? new Set<number>() : undefined;
  for (let last = size - count; last < size; last++) {
    const place = draws.integer(last + 1);
    const taken = set?.has(place) ?? out.includes(place);
    out.push(taken ? last : place);
    set?.add(taken ? last : place);
  }
}

/** Keeps the entries from `first` on ascending. */
function insert(columns: number[], weights: number[], first: number, column: number, weight: number | undefined): void {
  let at = columns.length;
  columns.push(column);
  if (weight !== undefined) weights.push(weight);
  for (; at > first && columns[at - 1]! > column; at--) {
    columns[at] = columns[at - 1]!;
    if (weight !== undefined) weights[at] = weights[at - 1]!;
  }
  columns[at] = column;
  if (weight !== undefined) weights[at] = weight;
}
