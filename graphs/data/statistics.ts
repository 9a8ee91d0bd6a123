import type { Features } from '../features';
import type { Graph } from '../graph';

import { components } from '../transforms/components';
import { edgeHomophily } from '../transforms/homophily';
import { symmetricNormalized, withSelfLoops } from '../transforms/normalization';

export interface GraphStatistics {
  readonly nodes: number;
  readonly directedEdges: number;
  readonly features: number;
  /** Features that are not zero; of a file on disk all are counted as such. */
  readonly featureNonZeros: number;
  readonly classes: number;
  /** Nodes of each class; nodes without a label are in none. */
  readonly classCounts: readonly number[];
  readonly components: number;
  /** Most edges that leave a node. */
  readonly maxDegree: number;
  /** Null where no edge joins two labelled nodes. */
  readonly edgeHomophily: number | null;
  /** D^-½ (A + I) D^-½: entries, their sum, and the root of the sum of their squares. */
  readonly normalizedAdjacency: { readonly nonZeros: number; readonly sum: number; readonly frobenius: number };
}

export function graphStatistics(graph: Graph): GraphStatistics {
  const { nodes, directedEdges, labels, classes, features } = graph;
  const classCounts = new Array<number>(classes).fill(0);
  for (const label of labels) if (label >= 0) classCounts[label]!++;
  let maxDegree = 0;
  for (let node = 0; node < nodes; node++) maxDegree = Math.max(maxDegree, graph.degree(node));
  const { values } = symmetricNormalized(withSelfLoops(graph.adjacency));
  let [sum, squares] = [0, 0];
  for (const value of values!) {
    sum += value;
    squares += value * value;
  }
  const homophily = edgeHomophily(graph);
  return {
    nodes,
    directedEdges,
    features: features.columns,
    featureNonZeros: nonZeros(features),
    classes,
    classCounts,
    components: components(graph.adjacency).count,
    maxDegree,
    edgeHomophily: Number.isNaN(homophily) ? null : homophily,
    normalizedAdjacency: { nonZeros: values!.length, sum, frobenius: Math.sqrt(squares) },
  };
}

function nonZeros(features: Features): number {
  if (features.kind === 'stored') return features.rows * features.columns;
  if (features.kind === 'sparse' && features.matrix.values === undefined) return features.matrix.entries;
  const values = features.kind === 'dense' ? features.values : features.matrix.values!;
  let count = 0;
  for (const value of values) if (value !== 0) count++;
  return count;
}
