import path from 'node:path';
import { KdlabError, messageOf } from '../../src/core/errors';
import { type LocatedFile, locate, readVerified } from '../../src/data/locate';
import type { RemoteDataset, RemoteFile } from '../../src/data/remote';
import { Csr } from '../../src/sparse/csr';
import { SparseFeatures } from '../features';
import { makeSplit } from '../splits/split';
import { assemble } from './assemble';
import type { LoadedGraph, LoadGraphOptions } from './loaded-graph';
import { unpickle } from './pickle/machine';
import { kindOf, PickledArray, PickledMatrix, Tuple, textOf, type Value } from './pickle/objects';

export type PlanetoidPart = 'x' | 'y' | 'tx' | 'ty' | 'allx' | 'ally' | 'graph' | 'testIndex';
export type PlanetoidFiles = Readonly<Record<PlanetoidPart, RemoteFile>>;

/** Where a file came from, for messages, and its bytes. */
export interface PlanetoidFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const MIRROR = 'https://raw.githubusercontent.com/kimiyoung/planetoid/af6abf468a772cc055bec88c52e4d6f51b7c37e3/data/';

/** Nodes after the training nodes that the public split validates on. */
const VALIDATION = 500;

/** A citation graph of Sen et al. 2008 with the split of Yang, Cohen, Salakhutdinov (ICML 2016), as published. */
export function planetoidDataset(name: string, title: string, files: PlanetoidFiles): RemoteDataset<PlanetoidPart> {
  return {
    name: 'planetoid',
    title: `${title} (Planetoid)`,
    files,
    mirrors: [MIRROR],
    fetchedBy: `kdlab graph fetch ${name}`,
  };
}

/**
 * Finds, verifies and reads the eight files. Throws KdlabError where one is absent, is not the published one, or does
 * not fit the others.
 */
export async function loadPlanetoid(
  name: string,
  dataset: RemoteDataset<PlanetoidPart>,
  options: LoadGraphOptions,
): Promise<LoadedGraph> {
  const located = await locate(dataset, { download: true, ...options });
  const read = (file: LocatedFile): PlanetoidFile => ({ path: file.path, bytes: readVerified(file) });
  const { x, y, tx, ty, allx, ally, graph, testIndex } = located;
  return parsePlanetoid(name, {
    x: read(x),
    y: read(y),
    tx: read(tx),
    ty: read(ty),
    allx: read(allx),
    ally: read(ally),
    graph: read(graph),
    testIndex: read(testIndex),
  });
}

/**
 * The graph of the eight `ind.*` files. Row k of tx belongs to node test.index[k]; nodes within the range of test.index
 * that it leaves out (15 of CiteSeer's) have no features, no label and no part in the split. Throws KdlabError.
 */
export function parsePlanetoid(name: string, files: Readonly<Record<PlanetoidPart, PlanetoidFile>>): LoadedGraph {
  const [allx, tx] = [matrixIn(files.allx), matrixIn(files.tx)];
  const [y, ally, ty] = [oneHotIn(files.y), oneHotIn(files.ally), oneHotIn(files.ty)];
  const testIndex = integersIn(files.testIndex);
  const first = allx.rows;
  const nodes = testIndex.reduce((last, node) => Math.max(last, node), -1) + 1;
  const wrong = (file: PlanetoidFile, what: string) =>
    new KdlabError(`${file.path} does not fit the other files: ${what}`);
  if (testIndex.length === 0 || testIndex.reduce((a, b) => Math.min(a, b)) !== first)
    throw wrong(files.testIndex, `its smallest node is not ${first}, the number of rows of allx`);
  if (new Set(testIndex).size !== testIndex.length) throw wrong(files.testIndex, 'it names a node twice');
  // A range much wider than its nodes would make as many empty ones.
  if (nodes - first > 2 * testIndex.length)
    throw wrong(files.testIndex, `its ${testIndex.length} nodes go up to ${nodes - 1}, from ${first}`);
  if (tx.rows !== testIndex.length || ty.labels.length !== testIndex.length)
    throw wrong(files.tx, `${tx.rows} rows and ${ty.labels.length} labels for ${testIndex.length} test nodes`);
  if (ally.labels.length !== first) throw wrong(files.ally, `${ally.labels.length} labels for ${first} rows of allx`);
  if (tx.columns !== allx.columns) throw wrong(files.tx, `${tx.columns} features, but allx has ${allx.columns}`);
  const { classes } = ally;
  if (y.classes !== classes || ty.classes !== classes)
    throw wrong(files.y, `${y.classes}, ${classes} and ${ty.classes} classes in y, ally and ty`);
  if (y.labels.length + VALIDATION > first)
    throw wrong(files.y, `${y.labels.length} training and ${VALIDATION} validation nodes, but allx has ${first} rows`);
  const labels = new Int32Array(nodes).fill(-1);
  labels.set(ally.labels);
  testIndex.forEach((node, k) => {
    labels[node] = ty.labels[k]!;
  });
  const { sources, targets } = edgesIn(files.graph, nodes);
  return assemble({
    name,
    nodes,
    sources,
    targets,
    features: new SparseFeatures(stacked(allx, tx, testIndex, nodes)),
    labels,
    classes,
    source: path.dirname(files.graph.path),
    split: (graph) => {
      const range = (from: number, to: number) => Int32Array.from({ length: to - from }, (_, i) => from + i);
      const trained = y.labels.length;
      const lists = { train: range(0, trained), validation: range(trained, trained + VALIDATION), test: testIndex };
      return makeSplit(graph, 'planetoid', lists);
    },
  });
}

/** `top` above the rows of `bottom`, of which row k goes to row places[k]. */
function stacked(top: Csr, bottom: Csr, places: Int32Array, rows: number): Csr {
  const rowOf = new Int32Array(rows).fill(-1);
  places.forEach((place, k) => {
    rowOf[place] = k;
  });
  const pointers = new Int32Array(rows + 1);
  const columns = new Int32Array(top.entries + bottom.entries);
  const values = new Float32Array(columns.length);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const [from, r] = row < top.rows ? [top, row] : [bottom, rowOf[row]!];
    if (r >= 0)
      for (let entry = from.rowPointers[r]!; entry < from.rowPointers[r + 1]!; entry++) {
        columns[at] = from.columnIndices[entry]!;
        values[at++] = from.values?.[entry] ?? 1;
      }
    pointers[row + 1] = at;
  }
  return new Csr({ rows, columns: top.columns, rowPointers: pointers, columnIndices: columns, values });
}

function matrixIn(file: PlanetoidFile): Csr {
  const value = unpickle(file.bytes, file.path);
  if (!(value instanceof PickledMatrix)) throw misfit(file, `it holds ${kindOf(value)}, expected a sparse matrix`);
  const { state } = value;
  const shape = state.get('_shape');
  const [rows, columns] = shape instanceof Tuple ? shape.items : [];
  const part = (name: string) => {
    const array = state.get(name);
    if (!(array instanceof PickledArray) || array.shape.length !== 1) throw misfit(file, `its ${name} is no array`);
    return array.values;
  };
  if (textOf(state.get('format')) !== 'csr' || typeof rows !== 'number' || typeof columns !== 'number')
    throw misfit(file, 'its matrix has no shape, or is not in the csr format');
  try {
    return new Csr({
      rows,
      columns,
      rowPointers: Int32Array.from(part('indptr')),
      columnIndices: Int32Array.from(part('indices')),
      values: Float32Array.from(part('data')),
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw misfit(file, messageOf(error));
  }
}

function oneHotIn(file: PlanetoidFile): { labels: Int32Array; classes: number } {
  const value = unpickle(file.bytes, file.path);
  if (!(value instanceof PickledArray) || value.shape.length !== 2)
    throw misfit(file, `it holds ${kindOf(value)}, expected an array of two axes`);
  const { shape, values } = value;
  const [rows, classes] = shape as [number, number];
  const labels = Int32Array.from({ length: rows }, (_, row) => {
    const ones = values.subarray(row * classes, (row + 1) * classes);
    const label = ones.indexOf(1);
    if (ones.some((one, i) => one !== (i === label ? 1 : 0)))
      throw misfit(file, `row ${row} is ${ones.join(' ')}, expected a single 1 among zeros`);
    return label;
  });
  return { labels, classes };
}

function edgesIn(file: PlanetoidFile, nodes: number): { sources: number[]; targets: number[] } {
  const value = unpickle(file.bytes, file.path);
  if (!(value instanceof Map)) throw misfit(file, `it holds ${kindOf(value)}, expected lists of neighbours`);
  if (value.size > nodes) throw misfit(file, `it lists neighbours of ${value.size} nodes, but there are ${nodes}`);
  const [sources, targets]: [number[], number[]] = [[], []];
  for (const [node, neighbors] of value as Map<number | string, Value>) {
    if (typeof node !== 'number' || !Array.isArray(neighbors))
      throw misfit(file, `it maps ${JSON.stringify(node)} to ${kindOf(neighbors)}, expected a node and a list`);
    for (const neighbor of neighbors) {
      if (typeof neighbor !== 'number') throw misfit(file, `node ${node} has ${kindOf(neighbor)} for a neighbour`);
      sources.push(node);
      targets.push(neighbor);
    }
  }
  return { sources, targets };
}

function integersIn(file: PlanetoidFile): Int32Array {
  const words = Buffer.from(file.bytes)
    .toString('latin1')
    .split(/\s+/)
    .filter((word) => word !== '');
  const stray = words.find((word) => !/^\d{1,9}$/.test(word));
  if (stray !== undefined) throw misfit(file, `it holds ${JSON.stringify(stray.slice(0, 40))}, expected node numbers`);
  return Int32Array.from(words, Number);
}

function misfit(file: PlanetoidFile, what: string): KdlabError {
  return new KdlabError(`${file.path} is not a Planetoid file of its kind: ${what}`);
}
