import type { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { unknownName } from '../../src/core/section';
import type { DownloadOptions } from '../../src/data/download';
import type { FolderOptions } from '../../src/data/folders';
import { locate } from '../../src/data/locate';
import type { RemoteDataset } from '../../src/data/remote';
import { type FileReport, verifyFiles } from '../../src/data/verify';
import { Rng } from '../../src/math/rng';
import { academic, academicOptions } from '../generators/academic';
import {
  blockModel,
  blockModelOptions,
  contextualBlockModel,
  contextualBlockModelOptions,
} from '../generators/block-model';
import { powerLaw, powerLawOptions } from '../generators/power-law';
import type { Graph } from '../graph';
import { madeGraph } from './assemble';
import { karate } from './karate';
import type { LoadedGraph, LoadGraphOptions } from './loaded-graph';
import { loadNpzGraph, npzDataset } from './npz-graph';
import { ARXIV, loadOgb, type OgbDataset, ogbFolder, PRODUCTS } from './ogb';
import { loadPlanetoid, type PlanetoidFiles, planetoidDataset } from './planetoid';
import { CITESEER, CORA } from './planetoid-files';

interface Definition {
  readonly description: string;
  /** Other names that papers and libraries give it. */
  readonly aliases?: readonly string[];
  /** Absent where it is built in, generated, or not downloaded by kdlab. */
  readonly remote?: RemoteDataset;
  /** Whether it is there, for what has no `remote`; by default it is. */
  present?(options: FolderOptions): boolean;
  load(options: LoadGraphOptions): LoadedGraph | Promise<LoadedGraph>;
}

const planetoid = (name: string, title: string, files: PlanetoidFiles, description: string): Definition => {
  const remote = planetoidDataset(name, title, files);
  return { description, remote, load: (options) => loadPlanetoid(name, remote, options) };
};

interface Archive {
  readonly title: string;
  /** Without extension. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  /** SHA-256 of the file compressed with gzip, as kept by some. */
  readonly packed?: string;
  readonly aliases: readonly string[];
  readonly size: string;
}

const npz = (name: string, { title, file, bytes, sha256, packed, aliases, size }: Archive): Definition => {
  const archive = {
    name: `${file}.npz`,
    bytes,
    sha256,
    ...(packed !== undefined && { packed: { name: `${file}.npz.gz`, sha256: packed } }),
  };
  const remote = npzDataset(name, title, archive);
  const description = `${title}: ${size}; no published split (Shchur et al. 2018)`;
  return { description, aliases, remote, load: (options) => loadNpzGraph(name, remote, options) };
};

const ogb = (dataset: OgbDataset, description: string): Definition => ({
  description: `${description}; unpacked by hand`,
  present: (options) => ogbFolder(dataset, options) !== undefined,
  load: (options) => loadOgb(dataset, options),
});

function generated<S extends z.ZodType>(
  name: string,
  what: string,
  options: S,
  make: (options: z.output<S>, rng: Rng) => Graph,
  aliases: readonly string[] = [],
): Definition {
  return {
    description: `${what}; generated`,
    aliases,
    load: ({ generate: { seed = 0, ...chosen } = {} }) => {
      const parsed = options.safeParse(chosen);
      if (!parsed.success)
        throw new KdlabError(
          `${name}: ${parsed.error.issues.map(({ path, message }) => [...path, message].join(': ')).join('; ')}`,
        );
      return madeGraph(make(parsed.data, Rng.root(seed).split(name)), 'generated');
    },
  };
}

const GRAPHS: Readonly<Record<string, Definition>> = {
  'ogbn-arxiv': ogb(
    ARXIV,
    'Citations: 169 343 nodes, 1 166 243 citations, 128 features, 40 classes, split by year (Hu et al. 2020)',
  ),
  'ogbn-products': ogb(
    PRODUCTS,
    'Bought together: 2 449 029 nodes, 61 859 140 pairs, 100 features, 47 classes, split by rank (Hu et al. 2020)',
  ),
  'block-model': generated(
    'block-model',
    'Stochastic block model with Gaussian features (Holland et al. 1983)',
    blockModelOptions,
    blockModel,
  ),
  'contextual-block-model': generated(
    'contextual-block-model',
    'Stochastic block model of chosen degree and homophily, Gaussian features (Deshpande et al. 2018)',
    contextualBlockModelOptions,
    contextualBlockModel,
    ['csbm'],
  ),
  'power-law': generated(
    'power-law',
    'Degrees by a power law, chosen homophily, Gaussian features (Chung and Lu 2002)',
    powerLawOptions,
    powerLaw,
  ),
  academic: generated(
    'academic',
    'Papers, authors and venues with six kinds of edges; papers have classes and words',
    academicOptions,
    academic,
  ),
  karate: {
    description: 'Friendships in a karate club: 34 nodes, 78 edges, 2 classes (Zachary 1977); built in',
    load: karate,
  },
  cora: planetoid(
    'cora',
    'Cora',
    CORA,
    'Citations: 2708 nodes, 5278 edges, 1433 words, 7 classes, public split (Sen et al. 2008; Yang et al. 2016)',
  ),
  citeseer: planetoid(
    'citeseer',
    'CiteSeer',
    CITESEER,
    'Citations: 3327 nodes, 4552 edges, 3703 words, 6 classes, public split (Sen et al. 2008; Yang et al. 2016)',
  ),
  'cora-cpf': npz('cora-cpf', {
    title: 'Cora as CPF and GLNN use it',
    file: 'cora',
    bytes: 540_580,
    sha256: '068e22d90c3849b4057dfb05851741428992af058efcd4e7ebb4186f3d581de2',
    aliases: ['cora-npz'],
    size: '2708 nodes, 5278 edges, 1433 words, 7 classes',
  }),
  'citeseer-cpf': npz('citeseer-cpf', {
    title: 'CiteSeer as CPF and GLNN use it',
    file: 'citeseer',
    bytes: 1_348_784,
    sha256: '280278b21b434c047922e8389518861416fb3ad39389c27865ff0e6bbb0aaab7',
    aliases: ['citeseer-npz'],
    size: '3312 nodes, 4536 edges, 3703 words, 6 classes',
  }),
  'amazon-photo': npz('amazon-photo', {
    title: 'Amazon Photo',
    file: 'amazon_electronics_photo',
    bytes: 17_113_960,
    sha256: 'bdb1feb8e6ff42ee44024b04479145029c563fd42fc31bff80af20887ba0439a',
    packed: '1a3342cad68c5354e7e7cf9a8f44b78b8a4d640eca20700df94c56c8415f88dc',
    aliases: ['a-photo', 'photo', 'amazon_electronics_photo'],
    size: '7650 nodes, 119 081 edges, 745 words, 8 classes',
  }),
  'amazon-computers': npz('amazon-computers', {
    title: 'Amazon Computers',
    file: 'amazon_electronics_computers',
    bytes: 31_921_488,
    sha256: '736ba1d9fd85eac2da83a5ad25c463f04b0031a6ca01563f90a7099d9e8ffb2c',
    packed: '683a9fe6a830f3777ae903929a5b897f0a6e8ef3459b16899a4cb8d224293d82',
    aliases: ['a-computer', 'a-computers', 'computers', 'amazon-computer', 'amazon_electronics_computers'],
    size: '13 752 nodes, 245 861 edges, 767 words, 10 classes',
  }),
  'coauthor-cs': npz('coauthor-cs', {
    title: 'Coauthor CS',
    file: 'ms_academic_cs',
    bytes: 12_835_626,
    sha256: '933c745734e78908c7eb77172a673fee0503f30e26e5a99b36814d88534c42e3',
    packed: '371a4b4ba255a91f40777f1e3ff4b5a5355620c3c0569ccc81941956686f0fcb',
    aliases: ['cs', 'ms_academic_cs'],
    size: '18 333 nodes, 81 894 edges, 6805 words, 15 classes',
  }),
  'coauthor-physics': npz('coauthor-physics', {
    title: 'Coauthor Physics',
    file: 'ms_academic_phy',
    bytes: 16_374_005,
    sha256: 'e4d68468eba5fb8f6b280ffd406bd53e6e4295ba1dd2967d6fe99b978e4b3375',
    packed: '21c217cc25dd58c57904f1f25be4c3b2d89a658d423d6e5e8174488dc8e89623',
    aliases: ['physics', 'ms_academic_phy'],
    size: '34 493 nodes, 247 962 edges, 8415 words, 5 classes',
  }),
};

/**
 * A graph data set by its name, with its published split. Edges go both ways, each once, without loops; `report` states
 * what was merged and dropped. Throws KdlabError where the name is unknown (it tells the nearest), files are absent, not
 * the published ones or damaged.
 */
export async function loadGraph(name: string, options: LoadGraphOptions = {}): Promise<LoadedGraph> {
  return definition(name).load(options);
}

/** All names, without aliases. */
export const GRAPH_NAMES: readonly string[] = Object.keys(GRAPHS);

export function listGraphs(): { name: string; description: string; aliases: readonly string[] }[] {
  return Object.entries(GRAPHS).map(([name, { description, aliases = [] }]) => ({ name, description, aliases }));
}

/** Whether all files of a data set are there and have their published SHA-256, where there is one. Throws KdlabError where it is unknown. */
export function isPresent(name: string, options: FolderOptions = {}): boolean {
  const { remote, present } = definition(name);
  if (remote === undefined) return present?.(options) ?? true;
  return verifyFiles(remote, options).every(({ status }) => status === 'ok');
}

/** Downloads what is missing and looks at every file. Throws KdlabError where the name is unknown or a file cannot be had. */
export async function fetchGraph(name: string, options: FolderOptions & DownloadOptions = {}): Promise<FileReport[]> {
  const { remote } = definition(name);
  if (remote === undefined) {
    if (!isPresent(name, options)) await loadGraph(name, { ...options, download: false });
    return [];
  }
  await locate(remote, { ...options, download: true });
  return verifyFiles(remote, options);
}

function definition(name: string): Definition {
  const entries = Object.entries(GRAPHS);
  const known = entries.find(([key, { aliases = [] }]) => key === name || aliases.includes(name));
  if (known === undefined) throw new KdlabError(unknownName('graph data set', name, GRAPH_NAMES));
  return known[1];
}
