import path from 'node:path';
import { KdlabError, messageOf } from '../../src/core/errors';
import { locate, readVerified } from '../../src/data/locate';
import type { RemoteDataset, RemoteFile } from '../../src/data/remote';
import { Csr } from '../../src/sparse/csr';
import { SparseFeatures } from '../features';
import { assemble } from './assemble';
import type { LoadedGraph, LoadGraphOptions } from './loaded-graph';
import { parseNpz } from './npz';

const MIRROR =
  'https://raw.githubusercontent.com/shchur/gnn-benchmark/1e72912a0810cdf27ae54fd589a3b43358a2b161/data/npz/';

const MEMBERS = [
  'adj_data',
  'adj_indices',
  'adj_indptr',
  'adj_shape',
  'attr_data',
  'attr_indices',
  'attr_indptr',
  'attr_shape',
  'labels',
] as const;

/** A graph of Shchur et al., "Pitfalls of graph neural network evaluation" (arXiv 1811.05868), as published. */
export function npzDataset(name: string, title: string, archive: RemoteFile): RemoteDataset<'archive'> {
  return { name: 'cpf-npz', title, files: { archive }, mirrors: [MIRROR], fetchedBy: `kdlab graph fetch ${name}` };
}

/** Finds, verifies and reads the archive. It has no published split. Throws KdlabError. */
export async function loadNpzGraph(
  name: string,
  dataset: RemoteDataset<'archive'>,
  options: LoadGraphOptions,
): Promise<LoadedGraph> {
  const { archive } = await locate(dataset, { download: true, ...options });
  return parseNpzGraph(name, readVerified(archive), archive.path);
}

/**
 * The graph of an archive with `adj_*` and `attr_*` (compressed rows) and `labels`. Weights of edges are dropped, both
 * directions put in: the files of this kind list most edges once. Throws KdlabError naming the file.
 */
export function parseNpzGraph(name: string, bytes: Uint8Array, file: string): LoadedGraph {
  const arrays = parseNpz(bytes, file, MEMBERS);
  const matrix = (of: 'adj' | 'attr'): Csr => {
    const [rows, columns] = arrays[`${of}_shape`].values;
    try {
      return new Csr({
        rows: rows ?? 0,
        columns: columns ?? 0,
        rowPointers: Int32Array.from(arrays[`${of}_indptr`].values),
        columnIndices: Int32Array.from(arrays[`${of}_indices`].values),
        values: Float32Array.from(arrays[`${of}_data`].values),
      });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new KdlabError(`${file}: its ${of}_* arrays make no matrix: ${messageOf(error)}`);
    }
  };
  const [edges, attributes] = [matrix('adj'), matrix('attr')];
  const labels = Int32Array.from(arrays.labels.values);
  const sources = new Int32Array(edges.entries);
  for (let row = 0; row < edges.rows; row++) sources.fill(row, edges.rowPointers[row], edges.rowPointers[row + 1]);
  return assemble({
    name,
    nodes: edges.rows,
    sources,
    targets: edges.columnIndices,
    features: new SparseFeatures(attributes),
    labels,
    classes: labels.reduce((most, label) => Math.max(most, label), -1) + 1,
    source: path.dirname(file),
  });
}
