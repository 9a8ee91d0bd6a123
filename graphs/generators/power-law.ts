import { z } from 'zod';
import { section } from '../../src/core/section';
import type { Rng } from '../../src/math/rng';
import { adjacencyOf } from '../data/adjacency';
import { Graph } from '../graph';
import { symmetrized } from '../transforms/undirected';
import { classFeatures } from './class-features';

export const powerLawOptions = section({
  nodes: z.number().int().min(2).default(1000),
  edges: z.number().int().positive().default(5000).describe('undirected edges drawn; repeated ones are merged'),
  exponent: z.number().gt(2).default(2.5).describe('of the distribution of degrees'),
  classes: z.number().int().min(2).default(4),
  homophily: z.number().min(0).max(1).default(0.8).describe('share of edges within a class'),
  features: z.number().int().positive().default(16),
  separation: z.number().min(0).default(1).describe('length of the class means; the noise has standard deviation 1'),
});

/** Edges whose random numbers are drawn at a time. */
const CHUNK = 2 ** 16;

/**
 * A graph whose degrees follow a power law (Chung and Lu, PNAS 2002): both ends of an edge are drawn by weights
 * (i + i₀)^(−1/(exponent − 1)), with i₀ such that no expected degree exceeds √(2 · edges), the largest for which the
 * model holds. The second end is of the first's class with probability `homophily`. Linear in nodes and edges; `file`
 * holds the features where memory should not.
 */
export function powerLaw(options: z.input<typeof powerLawOptions>, rng: Rng, file?: string): Graph {
  const { nodes, edges, exponent, classes, homophily, features: columns, separation } = powerLawOptions.parse(options);
  // Rank is weight's order, and rank modulo classes is the class: a neighbour in rank has nearly the same weight.
  const nodeOf = rng.split('names').permutation(nodes);
  const rankOf = rankDistribution(nodes, edges, exponent);
  const sources = new Int32Array(edges);
  const targets = new Int32Array(edges);
  for (let first = 0; first < edges; first += CHUNK) {
    const count = Math.min(CHUNK, edges - first);
    // A draw of 32 bits tells apart more ranks than a float32 would.
    const words = rng.split('edges', first / CHUNK).words(4 * count);
    for (let edge = 0; edge < count; edge++) {
      const source = rankOf(words[4 * edge]! / 2 ** 32);
      const drawn = rankOf(words[4 * edge + 1]! / 2 ** 32);
      const same = words[4 * edge + 2]! < homophily * 2 ** 32;
      const shift = same ? 0 : 1 + (words[4 * edge + 3]! % (classes - 1));
      const moved = drawn - (drawn % classes) + ((source + shift) % classes);
      sources[first + edge] = nodeOf[source]!;
      targets[first + edge] = nodeOf[moved < nodes ? moved : moved - classes]!;
    }
  }
  const labels = new Int32Array(nodes);
  nodeOf.forEach((node, rank) => {
    labels[node] = rank % classes;
  });
  const { adjacency } = adjacencyOf({ name: 'power law', nodes, sources, targets });
  const features = classFeatures({ labels, classes, columns, separation, file }, rng.split('features'));
  return new Graph({ name: 'power law', adjacency: symmetrized(adjacency), features, labels, classes });
}

/** The rank at a point of [0, 1): the inverse of the weights' running sum, taken as an integral. */
function rankDistribution(nodes: number, edges: number, exponent: number): (point: number) => number {
  const power = 1 - 1 / (exponent - 1);
  const integral = (offset: number) => (nodes + offset) ** power - offset ** power;
  const largest = (offset: number) => (2 * edges * power * offset ** (power - 1)) / integral(offset);
  // The largest expected degree falls as the offset grows.
  let [low, high] = [1e-9, nodes];
  for (let i = 0; i < 60; i++) {
    const middle = Math.sqrt(low * high);
    if (largest(middle) > Math.sqrt(2 * edges)) low = middle;
    else high = middle;
  }
  const [start, span] = [high ** power, integral(high)];
  return (point) => Math.min(nodes - 1, Math.floor((start + point * span) ** (1 / power) - high));
}
