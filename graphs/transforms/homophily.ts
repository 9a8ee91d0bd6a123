import type { Graph } from '../graph';

/**
 * The share of directed edges that join nodes of one class (edge homophily, Zhu et al., NeurIPS 2020). Edges of
 * unlabelled nodes are left out; NaN where none remains.
 */
export function edgeHomophily({ nodes, offsets, targets, labels }: Graph): number {
  let [same, known] = [0, 0];
  for (let node = 0; node < nodes; node++)
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) {
      const other = labels[targets[edge]!]!;
      if (labels[node]! < 0 || other < 0) continue;
      known++;
      if (labels[node] === other) same++;
    }
  return same / known;
}

/** For each node the share of its neighbours of its own class, [nodes]; NaN without labelled neighbours or label. */
export function localHomophily({ nodes, offsets, targets, labels }: Graph): Float32Array {
  return Float32Array.from({ length: nodes }, (_, node) => {
    let [same, known] = [0, 0];
    for (let edge = offsets[node]!; edge < offsets[node + 1]!; edge++) {
      if (labels[targets[edge]!]! < 0) continue;
      known++;
      if (labels[targets[edge]!] === labels[node]) same++;
    }
    return labels[node]! < 0 ? Number.NaN : same / known;
  });
}
