import type { Features } from '../features';
import { Graph } from '../graph';
import type { Split } from '../splits/split';
import { components } from '../transforms/components';
import { edgeHomophily } from '../transforms/homophily';
import { symmetrized } from '../transforms/undirected';
import { adjacencyOf, type EdgeList } from './adjacency';
import type { LoadedGraph } from './loaded-graph';

export interface RawGraph extends EdgeList {
  readonly features: Features;
  readonly labels: Int32Array;
  readonly classes: number;
  readonly source: string;
  /** Keep the direction of edges; by default every edge goes both ways. */
  readonly directed?: boolean;
  /** The published split of the graph that comes of it. */
  readonly split?: (graph: Graph) => Split;
}

/** The graph of what files held: edges merged, loops dropped, both directions present; with a report of all that. */
export function assemble(raw: RawGraph): LoadedGraph {
  const { name, features, labels, classes, source } = raw;
  const { adjacency: listed, duplicates, loops } = adjacencyOf(raw);
  const adjacency = raw.directed === true ? listed : symmetrized(listed);
  const graph = new Graph({ name, adjacency, features, labels, classes });
  let isolated = 0;
  const touched = new Uint8Array(graph.nodes);
  for (const target of adjacency.columnIndices) touched[target] = 1;
  for (let node = 0; node < graph.nodes; node++) if (graph.degree(node) === 0 && touched[node] === 0) isolated++;
  return {
    graph,
    split: raw.split?.(graph),
    report: {
      rawEntries: raw.sources.length,
      duplicates,
      loops,
      mirrored: adjacency.entries - listed.entries,
      isolated,
      components: components(adjacency).count,
      edgeHomophily: edgeHomophily(graph),
    },
    source,
  };
}
