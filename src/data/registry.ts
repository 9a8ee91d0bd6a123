import { KdlabError } from '../core/errors';
import { unknownName } from '../core/section';
import { ADULT, loadAdult } from './adult';
import { baskets } from './baskets';
import type { ImageDataset } from './dataset';
import type { DownloadOptions } from './download';
import type { FolderOptions } from './folders';
import { type LocateOptions, locate } from './locate';
import { loadMnist, MNIST } from './mnist';
import type { RemoteDataset, RemoteFile } from './remote';
import { type ShapesOptions, shapes } from './shapes';
import { type FileReport, verifyFiles } from './verify';

interface Definition {
  readonly description: string;
  /** Absent where the data are generated. */
  readonly remote?: RemoteDataset;
  load(options: LoadOptions): Promise<ImageDataset>;
}

export interface LoadOptions extends LocateOptions {
  /** For a generated data set: how much of it, and its seed. */
  readonly generate?: ShapesOptions;
}

const DATASETS: Readonly<Record<string, Definition>> = {
  mnist: {
    description:
      'Handwritten digits, 28×28 gray, 10 classes, 60 000 + 10 000 (LeCun et al. 1998); 11.6 MB, downloaded once',
    remote: MNIST,
    load: loadMnist,
  },
  shapes: {
    description: 'Generated outlines (disc, ring, star, …), 28×28 gray, 10 classes; needs no download, is not MNIST',
    load: async ({ generate }) => shapes(generate),
  },
  baskets: {
    description:
      'Generated purchases of 20 kinds of customers, 256 items yes or no; needs no download, is not Purchase-100',
    load: async ({ generate }) => baskets(generate),
  },
  adult: {
    description:
      'Census records, income above 50,000 dollars or not, 105 features, 32 561 + 16 281 (Kohavi 1996); 6 MB',
    remote: ADULT,
    load: loadAdult,
  },
};

export interface DatasetSummary {
  readonly name: string;
  readonly description: string;
  /** Bytes to download; 0 where the data are generated. */
  readonly bytes: number;
}

export interface DatasetReport {
  readonly name: string;
  /** True where every file is there and has its published SHA-256. */
  readonly ok: boolean;
  /** Empty where the data are generated. */
  readonly files: readonly FileReport[];
}

export function listDatasets(): DatasetSummary[] {
  return Object.entries(DATASETS).map(([name, { description, remote }]) => {
    const files = Object.values<RemoteFile>(remote?.files ?? {});
    return { name, description, bytes: files.reduce((sum, file) => sum + file.bytes, 0) };
  });
}

/** Throws KdlabError where the name is unknown, the data are absent, or not the published ones. */
export async function loadDataset(name: string, options: LoadOptions): Promise<ImageDataset> {
  return definition(name).load(options);
}

/** Looks at every file of a data set and downloads nothing. Throws KdlabError where the name is unknown. */
export function verifyDataset(name: string, options: FolderOptions = {}): DatasetReport {
  const { remote } = definition(name);
  const files = remote === undefined ? [] : verifyFiles(remote, options);
  return { name, ok: files.every((file) => file.status === 'ok'), files };
}

/**
 * Downloads what is missing and verifies all. Throws KdlabError where the name is unknown or a file cannot be had; a
 * file that was there and is wrong stays as it is and is reported.
 */
export async function fetchDataset(
  name: string,
  options: FolderOptions & DownloadOptions = {},
): Promise<DatasetReport> {
  const { remote } = definition(name);
  if (remote !== undefined) await locate(remote, { ...options, download: true });
  return verifyDataset(name, options);
}

function definition(name: string): Definition {
  const known = Object.hasOwn(DATASETS, name) ? DATASETS[name] : undefined;
  if (known === undefined) throw new KdlabError(unknownName('dataset', name, Object.keys(DATASETS)));
  return known;
}
