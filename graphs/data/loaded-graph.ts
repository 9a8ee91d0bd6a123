import type { LocateOptions } from '../../src/data/locate';
import type { Graph } from '../graph';
import type { Split } from '../splits/split';

export interface LoadGraphOptions extends Partial<LocateOptions> {
  /** Where converted copies of large data sets go; by default beside the downloads. */
  readonly cacheDir?: string;
  /** For a generated graph: the generator's options and the seed (0). */
  readonly generate?: Readonly<Record<string, unknown>> & { readonly seed?: number };
  /** Told in one line what takes long. */
  readonly notify?: (message: string) => void;
}

/** What the files held and what became of it. */
export interface LoadReport {
  /** Edges as the files list them. */
  readonly rawEntries: number;
  /** Entries that repeat a directed edge; one of each was kept. */
  readonly duplicates: number;
  /** Entries from a node to itself, dropped. */
  readonly loops: number;
  /** Edges whose other direction was added. */
  readonly mirrored: number;
  /** Nodes without an edge; they are kept. */
  readonly isolated: number;
  readonly components: number;
  /** The share of edges between nodes of one class; edges of unlabelled nodes are not counted. NaN without any. */
  readonly edgeHomophily: number;
}

export interface LoadedGraph {
  readonly graph: Graph;
  /** The published split; absent where the data set has none. */
  readonly split: Split | undefined;
  readonly report: LoadReport;
  /** The folder the files came from, `built in`, or `generated`. */
  readonly source: string;
}
