import fs from 'node:fs';
import path from 'node:path';
import { KdlabError } from '../../src/core/errors';
import { dataFolders } from '../../src/data/folders';
import { FeatureWriter, StoredFeatures } from '../features';
import { makeSplit } from '../splits/split';
import { assemble } from './assemble';
import type { LoadedGraph, LoadGraphOptions } from './loaded-graph';
import { columnsOf, readNumbers } from './number-stream';

/** A node data set of Hu et al., "Open Graph Benchmark" (NeurIPS 2020), in its published csv.gz form. */
export interface OgbDataset {
  readonly name: string;
  /** What its archive unpacks to; ogb itself calls the folder ogbn_<archive>. */
  readonly archive: string;
  readonly classes: number;
  /** How its split is called. */
  readonly split: string;
}

export const ARXIV: OgbDataset = { name: 'ogbn-arxiv', archive: 'arxiv', classes: 40, split: 'time' };
export const PRODUCTS: OgbDataset = { name: 'ogbn-products', archive: 'products', classes: 47, split: 'sales_ranking' };

const ADDRESS = 'http://snap.stanford.edu/ogb/data/nodeproppred';

/** The folder that holds raw/edge.csv.gz; undefined where no data folder does. */
export function ogbFolder({ archive, name }: OgbDataset, options: LoadGraphOptions): string | undefined {
  const names = [archive, `ogbn_${archive}`, name];
  return dataFolders(options)
    .flatMap((folder) => names.map((each) => path.join(folder, each)))
    .find((folder) => fs.existsSync(path.join(folder, 'raw', 'edge.csv.gz')));
}

/**
 * Reads the data set as a stream: neither its text nor its features are ever in memory at once. Features go to a file of
 * float32 in `cacheDir` (by default in the data set's own folder), once. Throws KdlabError where the data set is absent
 * (it is not downloaded: no SHA-256 of it is published) or a file is damaged.
 */
export async function loadOgb(dataset: OgbDataset, options: LoadGraphOptions): Promise<LoadedGraph> {
  const { name, archive, classes, split } = dataset;
  const folder = ogbFolder(dataset, options);
  if (folder === undefined)
    throw new KdlabError(
      `${name} is not on this machine. Looked in: ${dataFolders(options).join(', ')}\n` +
        `Get ${ADDRESS}/${archive}.zip, unpack it there (it makes the folder ${archive}), or name its folder with --data-dir or KDLAB_DATA.`,
    );
  const raw = (file: string) => path.join(folder, 'raw', `${file}.csv.gz`);
  const { notify } = options;
  const [nodes, entries] = [await single(raw('num-node-list')), await single(raw('num-edge-list'))];
  notify?.(`${name}: reading ${entries} edges`);
  const { sources, targets } = await readEdges(raw('edge'), entries);
  const labels = await readLabels(raw('node-label'), nodes);
  const features = await readFeatures(raw('node-feat'), nodes, options.cacheDir ?? folder, dataset, notify);
  const lists = {
    train: await readNodes(path.join(folder, 'split', split, 'train.csv.gz')),
    validation: await readNodes(path.join(folder, 'split', split, 'valid.csv.gz')),
    test: await readNodes(path.join(folder, 'split', split, 'test.csv.gz')),
  };
  notify?.(`${name}: both directions of ${entries} edges`);
  const named = (graph: Parameters<typeof makeSplit>[0]) => makeSplit(graph, `ogb ${split}`, lists);
  return assemble({ name, nodes, sources, targets, features, labels, classes, source: folder, split: named });
}

async function single(file: string): Promise<number> {
  const values = await readNodes(file);
  if (values.length !== 1 || values[0]! < 0)
    throw new KdlabError(`${file}: ${values.length} numbers, expected a single count`);
  return values[0]!;
}

async function readNodes(file: string): Promise<number[]> {
  const values: number[] = [];
  await readNumbers(file, 1, ([value]) => {
    if (!Number.isSafeInteger(value))
      throw new KdlabError(`${file}: line ${values.length + 1}: ${value} is no whole number`);
    values.push(value!);
  });
  return values;
}

async function readEdges(file: string, entries: number): Promise<{ sources: Int32Array; targets: Int32Array }> {
  const [sources, targets] = [new Int32Array(entries), new Int32Array(entries)];
  let edge = 0;
  const rows = await readNumbers(file, 2, ([source, target]) => {
    // A node beyond 2³¹ must not wrap around into one that exists.
    const ok = source! >= 0 && source! < 2 ** 31 && target! >= 0 && target! < 2 ** 31;
    if (!ok || !Number.isInteger(source) || !Number.isInteger(target))
      throw new KdlabError(`${file}: line ${edge + 1}: an edge from ${source} to ${target}, expected node numbers`);
    sources[edge] = source!;
    targets[edge++] = target!;
  });
  if (rows !== entries) throw new KdlabError(`${file}: ${rows} edges, but num-edge-list states ${entries}`);
  return { sources, targets };
}

async function readLabels(file: string, nodes: number): Promise<Int32Array> {
  const labels = await readNodes(file);
  if (labels.length !== nodes) throw new KdlabError(`${file}: ${labels.length} labels, but there are ${nodes} nodes`);
  return Int32Array.from(labels);
}

async function readFeatures(
  file: string,
  nodes: number,
  cacheDir: string,
  { name }: OgbDataset,
  notify: LoadGraphOptions['notify'],
): Promise<StoredFeatures> {
  const columns = await columnsOf(file);
  const { size, mtimeMs } = fs.statSync(file);
  // Another file of text gets another copy.
  const copy = path.join(cacheDir, `${name}-features-${nodes}x${columns}-${size}-${Math.round(mtimeMs)}.f32`);
  if (fs.existsSync(copy)) return new StoredFeatures(copy, nodes, columns);
  notify?.(`${name}: converting the features of ${nodes} nodes, once, to ${copy}`);
  const partial = `${copy}.partial`;
  const writer = new FeatureWriter(partial, columns);
  const held = new Float32Array(1024 * columns);
  let rows = 0;
  await readNumbers(file, columns, (values) => {
    held.set(values, (rows++ % 1024) * columns);
    if (rows % 1024 === 0) writer.append(held);
  });
  writer.append(held.subarray(0, (rows % 1024) * columns));
  writer.close();
  if (rows !== nodes) throw new KdlabError(`${file}: features of ${rows} nodes, but num-node-list states ${nodes}`);
  fs.renameSync(partial, copy);
  return new StoredFeatures(copy, nodes, columns);
}
