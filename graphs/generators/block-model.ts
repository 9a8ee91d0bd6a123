import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import type { Rng, Stream } from '../../src/math/rng';
import { adjacencyOf } from '../data/adjacency';
import { Graph } from '../graph';
import { symmetrized } from '../transforms/undirected';
import { classFeatures } from './class-features';
import { EdgeBuffer } from './edge-buffer';

export const blockModelOptions = section({
  /** Nodes of each block; a block is a class. */
  blocks: z.array(z.number().int().positive()).min(1).default([100, 100]),
  /** [blocks][blocks], symmetric: how probable an edge between two nodes is. */
  probabilities: z.array(z.array(z.number().min(0).max(1))).default([
    [0.08, 0.02],
    [0.02, 0.08],
  ]),
  features: z.number().int().positive().default(16),
  separation: z.number().min(0).default(1).describe('length of the class means; the noise has standard deviation 1'),
});

export const contextualBlockModelOptions = section({
  nodes: z.number().int().positive().default(1000),
  classes: z.number().int().min(2).default(4),
  degree: z.number().positive().default(10).describe('mean number of neighbours'),
  homophily: z.number().min(0).max(1).default(0.8).describe('expected share of edges within a class'),
  features: z.number().int().positive().default(16),
  separation: z.number().min(0).default(1).describe('length of the class means; the noise has standard deviation 1'),
});

/**
 * The stochastic block model (Holland, Laskey, Leinhardt, Social Networks 1983) with Gaussian features. Time and memory
 * are linear in nodes and edges. Node numbers go block by block. Throws KdlabError where the probabilities are not square.
 */
export function blockModel(options: z.input<typeof blockModelOptions>, rng: Rng, file?: string): Graph {
  const { blocks, probabilities, features: columns, separation } = blockModelOptions.parse(options);
  const square = probabilities.length === blocks.length && probabilities.every((row) => row.length === blocks.length);
  if (!square || probabilities.some((row, r) => row.some((value, s) => value !== probabilities[s]![r])))
    throw new KdlabError(
      `block model: ${blocks.length} blocks need a symmetric ${blocks.length} × ${blocks.length} table of probabilities`,
    );
  const starts = [0];
  for (const size of blocks) starts.push(starts.at(-1)! + size);
  const nodes = starts.at(-1)!;
  const labels = new Int32Array(nodes);
  blocks.forEach((_, label) => {
    labels.fill(label, starts[label], starts[label + 1]);
  });
  const edges = new EdgeBuffer();
  blocks.forEach((rows, r) => {
    for (let s = r; s < blocks.length; s++) {
      const draws = rng.split('edges', r * blocks.length + s).stream();
      const add = (i: number, j: number) => edges.add(starts[r]! + i, starts[s]! + j);
      if (r === s) within(rows, probabilities[r]![r]!, draws, add);
      else between(rows, blocks[s]!, probabilities[r]![s]!, draws, add);
    }
  });
  const { adjacency } = adjacencyOf({ name: 'block model', nodes, ...edges.edges });
  const classes = blocks.length;
  const features = classFeatures({ labels, classes, columns, separation, file }, rng.split('features'));
  return new Graph({ name: 'block model', adjacency: symmetrized(adjacency), features, labels, classes });
}

/**
 * The contextual stochastic block model (Deshpande et al., NeurIPS 2018) by what one wants of it: mean degree and edge
 * homophily. Equal blocks. Throws KdlabError where the blocks are too small for so many edges.
 */
export function contextualBlockModel(
  options: z.input<typeof contextualBlockModelOptions>,
  rng: Rng,
  file?: string,
): Graph {
  const { nodes, classes, degree, homophily, features, separation } = contextualBlockModelOptions.parse(options);
  const blocks = Array.from(
    { length: classes },
    (_, i) => Math.floor(((i + 1) * nodes) / classes) - Math.floor((i * nodes) / classes),
  );
  const size = nodes / classes;
  const inside = (degree * homophily) / (size - 1);
  const outside = (degree * (1 - homophily)) / (nodes - size);
  if (!(inside <= 1 && outside <= 1))
    throw new KdlabError(
      `contextual block model: ${classes} classes of ${size} nodes have no room for a degree of ${degree} at homophily ${homophily}; ` +
        'ask for a lower degree or more nodes',
    );
  const probabilities = blocks.map((_, r) => blocks.map((__, s) => (r === s ? inside : outside)));
  return blockModel({ blocks, probabilities, features, separation }, rng, file).with({
    name: 'contextual block model',
  });
}

/** Pairs i < j, each with probability p: gaps between chosen ones are geometric (Batagelj, Brandes, Phys. Rev. E 2005). */
function within(nodes: number, p: number, draws: Stream, add: (i: number, j: number) => void): void {
  let [j, i] = [1, -1];
  if (p <= 0) return;
  for (;;) {
    i += gap(p, draws);
    while (i >= j && j < nodes) {
      i -= j;
      j++;
    }
    if (j >= nodes) return;
    add(i, j);
  }
}

/** Pairs of a row and a column, each with probability p. */
function between(rows: number, columns: number, p: number, draws: Stream, add: (i: number, j: number) => void): void {
  if (p <= 0) return;
  for (let place = gap(p, draws) - 1; place < rows * columns; place += gap(p, draws))
    add(Math.floor(place / columns), place % columns);
}

/** Trials up to and including the next success. */
function gap(p: number, draws: Stream): number {
  return p >= 1 ? 1 : 1 + Math.floor(Math.log(1 - draws.uniform()) / Math.log(1 - p));
}
