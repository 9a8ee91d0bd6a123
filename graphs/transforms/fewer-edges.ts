import { KdlabError } from '../../src/core/errors';
import type { Rng } from '../../src/math/rng';
import { Csr } from '../../src/sparse/csr';
import type { Graph } from '../graph';

/**
 * The graph without a random share of its undirected edges, each gone in both directions: what a student knows whose teacher
 * knows more (Yang et al. 2022, arXiv:2210.13014). Throws KdlabError where an edge has one direction alone, and for a
 * graph of several relations.
 */
export function fewerEdges(graph: Graph, share: number, rng: Rng): Graph {
  const { nodes, offsets, targets, weights } = graph;
  if (graph.relations !== undefined)
    throw new KdlabError(`graph ${graph.name} has several kinds of edges; edges are hidden of graphs with one`);
  const draws = rng.stream();
  const kept = new Uint8Array(targets.length).fill(1);
  for (let node = 0; node < nodes; node++)
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) {
      const other = targets[edge]!;
      if (node > other) continue;
      const back = offsets[other]! + graph.neighbors(other).indexOf(node);
      if (back < offsets[other]!)
        throw new KdlabError(`graph ${graph.name}: its edge ${node} to ${other} has no other direction`);
      if (draws.uniform() < share) kept[edge] = kept[back] = 0;
    }
  const pointers = new Int32Array(nodes + 1);
  for (let node = 0; node < nodes; node++) {
    let size = 0;
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) size += kept[edge]!;
    pointers[node + 1] = pointers[node]! + size;
  }
  const adjacency = new Csr({
    rows: nodes,
    columns: nodes,
    rowPointers: pointers,
    columnIndices: targets.filter((_, edge) => kept[edge] === 1),
    values: weights?.filter((_, edge) => kept[edge] === 1),
  });
  return graph.with({ adjacency });
}
