import path from 'node:path';
import { z } from 'zod';
import { loadEdgeList } from '../../graphs/data/edge-list';
import { loadGraph } from '../../graphs/data/registry';
import type { Graph } from '../../graphs/graph';
import { extendPositions, type Positions, type PositionsDefinition } from '../../graphs/positions';
import { perClassSplit } from '../../graphs/splits/per-class';
import { productionSplit } from '../../graphs/splits/production';
import type { Split } from '../../graphs/splits/split';
import { largestComponent } from '../../graphs/transforms/components';
import { rowNormalized } from '../../graphs/transforms/feature-scaling';
import { KdlabError } from '../../src/core/errors';
import type { BuildContext } from '../../src/core/experiment';
import { type Named, named, nameOf } from '../../src/core/named';
import { resolveNamed } from '../../src/core/resolve';
import { section } from '../../src/core/section';

export const graphDataset = section({
  name: z.string().min(1).describe('see "kdlab graph list"; with files any name'),
  files: section({ edges: z.string(), nodes: z.string(), directed: z.boolean().default(false) })
    .optional()
    .describe(
      'a graph of your own: an edge a line, and a table with the columns id, label, split (if any) and features',
    ),
  generate: z.record(z.string(), z.unknown()).optional().describe('options of a generated graph, and its seed'),
  largestComponent: z.boolean().default(false).describe('leave out all nodes that it does not hold'),
  rowSums: z.boolean().default(false).describe('scale each node’s features to a sum of 1'),
  split: z
    .union([
      z.literal('published'),
      section({ train: z.number().int().positive().default(20), validation: z.number().int().positive().default(30) }),
    ])
    .default('published')
    .describe('the published nodes, or so many of each class drawn by the seed, the rest for testing'),
});

export const POSITIONS = [path.resolve(__dirname, '../../graphs/positions')];

export const graphPositions = named('positions', POSITIONS)
  .optional()
  .describe('numbers of where each node is in its graph, for students that take them: deepwalk or laplacian');

/** A graph with its split and what of it training sees. */
export interface GraphTask {
  readonly whole: Graph;
  /** Whom training sees: `whole`, or the graph without the nodes that come later. */
  readonly observed: Graph;
  /** In numbers of `observed`. */
  readonly split: Split;
  /** Node i of `observed` is node seen[i] of `whole`. */
  readonly seen: Int32Array;
  /** Test nodes that come later, in numbers of `whole`. */
  readonly unseen: Int32Array;
  /** Where the nodes are: of those observed, and of all, later ones at the mean of their neighbours. */
  readonly positions?: { readonly observed: Positions; readonly whole: Positions };
  readonly digest: string;
  readonly source: string;
}

/** `unseen`: share of the test nodes that training does not see (0.2: the production setting of GLNN). */
export async function graphTask(
  dataset: z.output<typeof graphDataset>,
  context: BuildContext & { unseen: number; positions?: Named | undefined },
): Promise<GraphTask> {
  const task = await splitTask(dataset, context);
  const { observed, whole, seen } = task;
  if (context.positions === undefined) return task;
  const { name, options } = nameOf(context.positions);
  context.notify(`positions: ${name} of ${observed.nodes} nodes`);
  const { build } = resolveNamed<PositionsDefinition>('positions', POSITIONS, name);
  const positions = build(options, observed.adjacency, context.rng.split('positions'));
  const later = observed === whole ? positions : extendPositions(positions, whole.adjacency, seen);
  return { ...task, positions: { observed: positions, whole: later } };
}

async function splitTask(
  { name, files, generate, largestComponent: largest, rowSums, split: wanted }: z.output<typeof graphDataset>,
  { rng, dataDir, download, cacheDir, notify, unseen }: BuildContext & { unseen: number },
): Promise<GraphTask> {
  const place = {
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(generate && { generate }),
    download,
    cacheDir,
    notify,
  };
  const loaded = files === undefined ? await loadGraph(name, place) : loadEdgeList(name, files);
  if (largest && wanted === 'published')
    throw new KdlabError(
      `dataset ${name}: its published split names nodes of the whole graph; draw one (split: {train: 20, validation: 30}) ` +
        'or set largestComponent: false',
    );
  const component = largest ? largestComponent(loaded.graph) : loaded.graph;
  const whole = rowSums ? rowNormalized(component) : component;
  const split = wanted === 'published' ? loaded.split : perClassSplit(whole, rng.split('split'), wanted);
  if (split === undefined)
    throw new KdlabError(
      `dataset ${name} has no published split; draw one, for example split: {train: 20, validation: 30}`,
    );
  const shared = { whole, digest: whole.digest, source: loaded.source };
  if (unseen === 0) {
    const seen = Int32Array.from({ length: whole.nodes }, (_, node) => node);
    return { ...shared, observed: whole, split, seen, unseen: new Int32Array(0) };
  }
  const { observedGraph, observedSplit, observed, inductive } = productionSplit(
    whole,
    split,
    rng.split('unseen'),
    unseen,
  );
  return { ...shared, observed: observedGraph, split: observedSplit, seen: observed, unseen: inductive };
}
