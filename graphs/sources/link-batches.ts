import { KdlabError } from '../../src/core/errors';
import type { State } from '../../src/core/state';
import type { Batch, Source } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { NumberedEpochs } from '../../src/sources/epochs';
import { lent } from '../../src/sources/lent';
import type { Graph } from '../graph';
import { type Candidates, disposePairs, linkBatch } from '../link-batch';
import type { Kept } from './whole-graph';

export interface LinkBatchesOptions {
  /** With the edges of training alone. */
  readonly graph: Graph;
  /** The graph as a batch; it stays its maker's. */
  readonly nodes: Batch;
  readonly batchSize: number;
  /** Walks from each node whose nodes are candidates, and their steps. */
  readonly walks: number;
  readonly hops: number;
  /** Random candidates. */
  readonly random: number;
  readonly kept?: Kept;
}

/**
 * Every edge of training in both directions once an epoch, shuffled: one end with candidates. The first is the other end, then those
 * that random walks meet (whether they are joined is not told), then random ones, told to be apart where they are (the
 * context nodes of LLP, Guo et al. 2023, section 4.2). What does not fill a last batch is left out. The state is the step.
 * Throws KdlabError for a graph without edges.
 */
export function linkBatches(options: LinkBatchesOptions): Source {
  const { graph, nodes, batchSize, kept } = options;
  const count = graph.directedEdges;
  if (count === 0) throw new KdlabError(`graph ${graph.name}: there are no edges to learn from`);
  const size = Math.min(batchSize, count);
  const epochs = new NumberedEpochs(Math.floor(count / size));
  const ends = new Int32Array(count);
  for (let node = 0; node < graph.nodes; node++) ends.fill(node, graph.offsets[node], graph.offsets[node + 1]);
  let example: Batch | undefined;

  const drawn = (epoch: Rng) => {
    const order = epoch.split('order').permutation(count);
    return (at: number) => {
      const edges = order.subarray(at * size, (at + 1) * size);
      return linkBatch(nodes, candidatesOf(options, ends, edges, epoch.split('candidates', at)));
    };
  };

  return {
    sampling: { kind: 'shuffle' },
    inputShape: [graph.features.columns],
    augmented: false,
    stepsPerEpoch: epochs.stepsPerEpoch,
    example: () => {
      const first = Int32Array.from({ length: size }, (_, edge) => edge);
      example ??= linkBatch(nodes, candidatesOf(options, ends, first, undefined));
      return example;
    },
    batches: ({ rng }) => lent(epochs.batches(rng, drawn), disposePairs),
    save: () => ({ ...kept?.save(), ...epochs.save() }),
    load: (state: State) => {
      epochs.load(state);
      kept?.load(state);
    },
  };
}

/** How many candidates an example has. */
export function candidateCount({ walks, hops, random }: Pick<LinkBatchesOptions, 'walks' | 'hops' | 'random'>): number {
  return 1 + walks * hops + random;
}

/** Without a key the candidates are the other ends alone, for an example of the shapes. */
function candidatesOf(
  options: LinkBatchesOptions,
  ends: Int32Array,
  edges: Int32Array,
  rng: Rng | undefined,
): Candidates {
  const { graph, walks, hops, random } = options;
  const each = candidateCount(options);
  const anchors = edges.map((edge) => ends[edge]!);
  const candidates = new Int32Array(edges.length * each);
  const links = new Float32Array(edges.length * each).fill(-1);
  const draws = rng?.stream();
  edges.forEach((edge, i) => {
    let at = i * each;
    links[at] = 1;
    candidates.fill(graph.targets[edge]!, at, at + each);
    if (draws === undefined) return;
    at++;
    for (let walk = 0; walk < walks; walk++) {
      let node = anchors[i]!;
      for (let hop = 0; hop < hops; hop++) {
        node = graph.targets[graph.offsets[node]! + draws.integer(graph.degree(node))]!;
        candidates[at++] = node;
      }
    }
    for (let k = 0; k < random; k++, at++) {
      const node = draws.integer(graph.nodes);
      candidates[at] = node;
      if (node !== anchors[i] && !graph.neighbors(anchors[i]!).includes(node)) links[at] = 0;
    }
  });
  return { anchors, candidates, links };
}
