import { KdlabError } from '../../src/core/errors';
import type { Features } from '../features';
import { Graph } from '../graph';
import type { Split } from '../splits/split';
import { components } from '../transforms/components';
import { edgeHomophily } from '../transforms/homophily';
import { symmetrized } from '../transforms/undirected';
import { adjacencyOf, type EdgeList } from './adjacency';
import type { LoadedGraph, LoadReport } from './loaded-graph';

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

/**
 * The graph of what files held: edges merged, loops dropped, both directions present; with a report of all that. Throws
 * KdlabError where an edge names a missing node, a feature is no finite number, a label is out of range.
 */
export function assemble(raw: RawGraph): LoadedGraph {
  const { name, features, labels, classes, source } = raw;
  requireFinite(name, features);
  const { adjacency: listed, duplicates, loops } = adjacencyOf(raw);
  const adjacency = raw.directed === true ? listed : symmetrized(listed);
  const graph = new Graph({ name, adjacency, features, labels, classes });
  const report = {
    ...described(graph),
    rawEntries: raw.sources.length,
    duplicates,
    loops,
    mirrored: adjacency.entries - listed.entries,
  };
  return { graph, split: raw.split?.(graph), report, source };
}

/** A graph that did not come of a list of edges. */
export function madeGraph(graph: Graph, source: string): LoadedGraph {
  const report = { ...described(graph), rawEntries: graph.directedEdges, duplicates: 0, loops: 0, mirrored: 0 };
  return { graph, split: undefined, report, source };
}

function described(graph: Graph): Pick<LoadReport, 'isolated' | 'components' | 'edgeHomophily'> {
  const { nodes, adjacency } = graph;
  const touched = new Uint8Array(nodes);
  for (const target of adjacency.columnIndices) touched[target] = 1;
  let isolated = 0;
  for (let node = 0; node < nodes; node++) if (graph.degree(node) === 0 && touched[node] === 0) isolated++;
  return { isolated, components: components(adjacency).count, edgeHomophily: edgeHomophily(graph) };
}

/** Stored features were looked at when they were written. */
function requireFinite(name: string, features: Features): void {
  if (features.kind === 'stored') return;
  const values = features.kind === 'dense' ? features.values : features.matrix.values;
  const at = values?.findIndex((value) => !Number.isFinite(value)) ?? -1;
  if (at < 0) return;
  const { columns } = features;
  const [row, column] =
    features.kind === 'dense'
      ? [Math.floor(at / columns), at % columns]
      : [features.matrix.rowPointers.findIndex((end) => end > at) - 1, features.matrix.columnIndices[at]];
  throw new KdlabError(
    `graph ${name}: feature ${column} of node ${row} is ${values![at]}, expected a finite number; replace it or leave the node out`,
  );
}
