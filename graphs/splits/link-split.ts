import { createHash } from 'node:crypto';
import { KdlabError } from '../../src/core/errors';
import type { Rng } from '../../src/math/rng';
import { adjacencyOf } from '../data/adjacency';
import type { Graph } from '../graph';
import { symmetrized } from '../transforms/undirected';

/** Pairs of nodes. */
export interface Pairs {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export interface LinkSplit {
  /** The graph with the edges of training alone: what messages run along. */
  readonly observed: Graph;
  /** Edges hidden from training, and as many pairs that no edge joins. */
  readonly validation: { readonly edges: Pairs; readonly others: Pairs };
  readonly test: { readonly edges: Pairs; readonly others: Pairs };
  /** SHA-256 (hex) of the edges on all sides. */
  readonly hash: string;
}

/**
 * Random shares of a graph's undirected edges hidden for validation and test, with as many random pairs that are no edge of the
 * whole graph. Throws KdlabError where a side would be empty or there are not so many other pairs.
 */
export function linkSplit(graph: Graph, rng: Rng, shares: { validation: number; test: number }): LinkSplit {
  const { nodes, offsets, targets } = graph;
  const edges: [number, number][] = [];
  for (let node = 0; node < nodes; node++)
    for (let e = offsets[node]!; e < offsets[node + 1]!; e++) if (node < targets[e]!) edges.push([node, targets[e]!]);
  const counts = {
    validation: Math.floor(shares.validation * edges.length),
    test: Math.floor(shares.test * edges.length),
  };
  const left = edges.length - counts.validation - counts.test;
  if (counts.validation < 1 || counts.test < 1 || left < 1 || 4 * edges.length > (nodes * (nodes - 1)) / 2)
    throw new KdlabError(
      `links of ${graph.name}: ${edges.length} edges give ${counts.validation} to validate, ${counts.test} to test, ${left} to train; ` +
        'expected at least one each, and a graph that joins at most a quarter of all pairs',
    );
  const order = Array.from(rng.split('edges').permutation(edges.length), (i) => edges[i]!);
  const draws = rng.split('others').stream();
  const taken = new Set<number>();
  const others = (count: number): Pairs => {
    const pairs: [number, number][] = [];
    while (pairs.length < count) {
      const [a, b] = [draws.integer(nodes), draws.integer(nodes)];
      const key = Math.min(a, b) * nodes + Math.max(a, b);
      if (a === b || taken.has(key) || graph.neighbors(a).includes(b)) continue;
      taken.add(key);
      pairs.push([a, b]);
    }
    return pairsOf(pairs);
  };
  const side = (from: number, count: number) => ({
    edges: pairsOf(order.slice(from, from + count)),
    others: others(count),
  });
  const validation = side(0, counts.validation);
  const test = side(counts.validation, counts.test);
  const kept = pairsOf(order.slice(counts.validation + counts.test));
  const { adjacency } = adjacencyOf({ name: graph.name, nodes, sources: kept.from, targets: kept.to });
  const hash = createHash('sha256');
  for (const { from, to } of [kept, validation.edges, validation.others, test.edges, test.others])
    hash.update(from).update(to);
  return { observed: graph.with({ adjacency: symmetrized(adjacency) }), validation, test, hash: hash.digest('hex') };
}

function pairsOf(pairs: readonly (readonly [number, number])[]): Pairs {
  return { from: Int32Array.from(pairs, ([a]) => a), to: Int32Array.from(pairs, ([, b]) => b) };
}
