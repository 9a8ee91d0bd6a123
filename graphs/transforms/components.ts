import { Csr } from '../../src/sparse/csr';
import { DenseFeatures, type Features, SparseFeatures } from '../features';
import type { Graph } from '../graph';

/** Weakly connected components: the number of each node's, in the order of their first nodes, and how many there are. */
export function components(adjacency: Csr): { of: Int32Array; count: number } {
  const { rows, rowPointers, columnIndices } = adjacency;
  const parent = Int32Array.from({ length: rows }, (_, node) => node);
  const root = (node: number) => {
    let at = node;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  for (let row = 0; row < rows; row++)
    for (let entry = rowPointers[row]!; entry < rowPointers[row + 1]!; entry++) {
      const [a, b] = [root(row), root(columnIndices[entry]!)];
      // The smaller number leads, so that a component's root is its first node.
      if (a !== b) parent[Math.max(a, b)] = Math.min(a, b);
    }
  const of = new Int32Array(rows);
  let count = 0;
  for (let node = 0; node < rows; node++) {
    const leader = root(node);
    of[node] = leader === node ? count++ : of[leader]!;
  }
  return { of, count };
}

/** Node numbers of the largest weakly connected component, ascending; the first of equally large ones. */
export function largestComponentNodes(adjacency: Csr): Int32Array {
  const { of, count } = components(adjacency);
  const sizes = new Int32Array(count);
  for (const component of of) sizes[component]!++;
  const largest = sizes.indexOf(sizes.reduce((most, size) => Math.max(most, size), 0));
  return Int32Array.from({ length: of.length }, (_, node) => node).filter((node) => of[node] === largest);
}

/** The graph on its largest component; the order of nodes is kept. Stored features are read into memory. */
export function largestComponent(graph: Graph): Graph {
  return subgraph(graph, largestComponentNodes(graph.adjacency));
}

/** The graph on `nodes` (each once) and the edges among them: its node i is nodes[i]. Stored features are read. */
export function subgraph(graph: Graph, nodes: Int32Array): Graph {
  return graph.with({
    adjacency: induced(graph.adjacency, nodes),
    features: featuresOf(graph.features, nodes),
    labels: nodes.map((node) => graph.labels[node]!),
    relations: graph.relations?.map((relation) => induced(relation, nodes)),
  });
}

/** Rows and columns of `nodes`, in their order; rows stay ascending where `nodes` ascends. */
export function induced({ rows, rowPointers, columnIndices, values }: Csr, nodes: Int32Array): Csr {
  const place = new Int32Array(rows).fill(-1);
  nodes.forEach((node, i) => {
    place[node] = i;
  });
  const pointers = new Int32Array(nodes.length + 1);
  for (let i = 0; i < nodes.length; i++) {
    let size = 0;
    for (let entry = rowPointers[nodes[i]!]!; entry < rowPointers[nodes[i]! + 1]!; entry++)
      if (place[columnIndices[entry]!]! >= 0) size++;
    pointers[i + 1] = pointers[i]! + size;
  }
  const columns = new Int32Array(pointers[nodes.length]!);
  const kept = values && new Float32Array(columns.length);
  let at = 0;
  for (const node of nodes)
    for (let entry = rowPointers[node]!; entry < rowPointers[node + 1]!; entry++) {
      const column = place[columnIndices[entry]!]!;
      if (column < 0) continue;
      columns[at] = column;
      if (kept !== undefined) kept[at] = values![entry]!;
      at++;
    }
  return new Csr({
    rows: nodes.length,
    columns: nodes.length,
    rowPointers: pointers,
    columnIndices: columns,
    values: kept,
  });
}

function featuresOf(features: Features, nodes: Int32Array): Features {
  if (features.kind !== 'sparse') return new DenseFeatures(nodes.length, features.columns, features.gather(nodes));
  const { rowPointers, columnIndices, values, columns } = features.matrix;
  const pointers = new Int32Array(nodes.length + 1);
  nodes.forEach((node, i) => {
    pointers[i + 1] = pointers[i]! + rowPointers[node + 1]! - rowPointers[node]!;
  });
  const indices = new Int32Array(pointers[nodes.length]!);
  const kept = values && new Float32Array(indices.length);
  nodes.forEach((node, i) => {
    indices.set(columnIndices.subarray(rowPointers[node], rowPointers[node + 1]), pointers[i]);
    kept?.set(values!.subarray(rowPointers[node], rowPointers[node + 1]), pointers[i]);
  });
  const matrix = { rows: nodes.length, columns, rowPointers: pointers, columnIndices: indices, values: kept };
  return new SparseFeatures(new Csr(matrix));
}
