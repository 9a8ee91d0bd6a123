import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import type { State } from '../../src/core/state';
import type { Batch, Source } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { NumberedEpochs } from '../../src/sources/epochs';
import { lent } from '../../src/sources/lent';
import { Csr } from '../../src/sparse/csr';
import { maskOf } from '../batch';
import type { Graph } from '../graph';
import type { Positions } from '../positions';
import { clusterBatches, partition } from '../sampling/clusters';
import { NeighborSampler } from '../sampling/neighbors';
import { type NodeData, type Piece, pieceBatch, type Room, roomOf, widened } from '../sampling/piece';
import { induced } from '../transforms/components';
import { rowSums, symmetricallyScaled, symmetricNormalized, withSelfLoops } from '../transforms/normalization';
import type { Kept } from './whole-graph';

/** How a configuration asks for parts of a graph instead of the whole: neighbours drawn, or clusters. */
export const samplingOptions = z.union([
  section({
    neighbors: section({
      batchSize: z.number().int().positive().default(512).describe('nodes that count in a step'),
      fanouts: z
        .array(z.number().int().positive())
        .min(1)
        .default([5, 5])
        .describe('most neighbours drawn of a node, hop by hop; as many hops as the model has layers'),
    }),
  }),
  section({
    clusters: section({
      parts: z.number().int().positive().default(32).describe('clusters that the graph is cut into'),
      perBatch: z.number().int().positive().default(4).describe('clusters in a step, with the edges between them'),
    }),
  }),
]);

export type SamplingOptions = z.output<typeof samplingOptions>;

export interface SampledOptions {
  readonly graph: Graph;
  /** [nodes], −1 where the class is to stay unknown. */
  readonly labels: Int32Array;
  /** Who counts: the nodes that steps are about. */
  readonly nodes: Int32Array;
  readonly sampling: SamplingOptions;
  /** Of the clusters, and of the pieces that sizes are judged by. */
  readonly rng: Rng;
  readonly positions?: Positions | undefined;
  /** Rows list whom a node receives from; by default the graph's adjacency transposed. Of an undirected graph it is itself. */
  readonly receiving?: Csr;
  readonly kept?: Kept;
}

/** Steps in which an epoch goes through so many nodes that count. */
export function stepsOfEpoch(sampling: SamplingOptions, nodes: number): number {
  if ('clusters' in sampling) return Math.ceil(sampling.clusters.parts / sampling.clusters.perBatch);
  return Math.floor(nodes / Math.min(nodes, sampling.neighbors.batchSize));
}

/** What draws the pieces of one epoch by number. */
type Pieces = (rng: Rng) => (at: number) => Piece;

/** Pieces drawn to judge sizes by before training. */
const TRIALS = 4;

/**
 * Parts of a graph, epoch after epoch without end. An epoch goes through the nodes that count, or the clusters, once in a
 * random order; what does not fill a last batch of nodes is left out. All is drawn by the epoch's and the step's number:
 * the state is the step and the room that pieces are padded to, so a resumed run repeats the same bits. The room is
 * what a few trial pieces need and grows where a piece needs more; each growth costs the compilation of a step. Throws
 * KdlabError for no nodes, and for more clusters than nodes.
 */
export function sampled(options: SampledOptions): Source {
  const { graph, labels, nodes, sampling, rng, positions, kept } = options;
  if (nodes.length === 0) throw new KdlabError(`graph ${graph.name}: there are no nodes to draw from`);
  const data: NodeData = { features: graph.features, labels, positions };
  const pieces =
    'neighbors' in sampling ? neighborhoods(options, sampling.neighbors) : clusters(options, sampling.clusters);
  const epochs = new NumberedEpochs(stepsOfEpoch(sampling, nodes.length));
  const trial = pieces(rng.split('trial'));
  let room: Room = { nodes: 0, entries: 0 };
  for (let at = 0; at < Math.min(TRIALS, epochs.stepsPerEpoch); at++) room = widened(room, roomOf(trial(at)));
  let example: Batch | undefined;

  const drawn = (epoch: Rng) => {
    const draw = pieces(epoch);
    return (at: number) => {
      const piece = draw(at);
      room = widened(room, roomOf(piece));
      return pieceBatch(piece, data, room);
    };
  };

  return {
    sampling: { kind: 'shuffle' },
    inputShape: [graph.features.columns],
    augmented: true,
    stepsPerEpoch: epochs.stepsPerEpoch,
    example: () => {
      example ??= pieceBatch(trial(0), data, room);
      return example;
    },
    batches: ({ rng }) => lent(epochs.batches(rng, drawn)),
    save: () => ({ ...kept?.save(), ...epochs.save(), room: { ...room } }),
    load: (state: State) => {
      epochs.load(state);
      room = state.room as unknown as Room;
      kept?.load(state);
    },
  };
}

/**
 * The nodes that count in batches, each with neighbours drawn for it and for those, hop by hop. The normalised matrix has the
 * whole graph's degrees and entries scaled up by how many were left out, so that its products are right on average.
 */
function neighborhoods(
  { graph, nodes, receiving = graph.adjacency.transpose().matrix }: SampledOptions,
  { batchSize, fanouts }: { batchSize: number; fanouts: readonly number[] },
): Pieces {
  const sampler = new NeighborSampler(receiving);
  const scales = Float32Array.from(rowSums(receiving), (sum) => 1 / Math.sqrt(sum + 1));
  const size = Math.min(batchSize, nodes.length);
  return (rng) => {
    const order = rng.split('order').permutation(nodes.length);
    return (at) => {
      const seeds = order.subarray(at * size, (at + 1) * size).map((place) => nodes[place]!);
      const drawn = sampler.sample(seeds, { fanouts, rescale: true }, rng.split('neighbors', at));
      const own = drawn.nodes.length;
      return {
        nodes: drawn.nodes,
        mask: new Float32Array(own).fill(1, 0, size),
        neighbors: bare(drawn.adjacency),
        loops: symmetricallyScaled(
          withSelfLoops(drawn.adjacency),
          Float32Array.from(drawn.nodes, (node) => scales[node]!),
        ),
      };
    };
  };
}

/** Clusters put together at random, with the edges between them (Cluster-GCN, Chiang et al. 2019). */
function clusters(
  { graph, nodes, rng, receiving = graph.adjacency.transpose().matrix }: SampledOptions,
  { parts, perBatch }: { parts: number; perBatch: number },
): Pieces {
  const partOf = partition(graph.adjacency, parts, rng.split('clusters'));
  const counted = maskOf(graph.nodes, nodes);
  return (epoch) => {
    const all = clusterBatches(partOf, perBatch, epoch.split('order'));
    return (at) => {
      const members = all[at % all.length]!;
      const inside = induced(receiving, members);
      return {
        nodes: members,
        mask: Float32Array.from(members, (node) => counted[node]!),
        neighbors: bare(inside),
        loops: symmetricNormalized(withSelfLoops(inside)),
      };
    };
  };
}

function bare({ rows, columns, rowPointers, columnIndices }: Csr): Csr {
  return new Csr({ rows, columns, rowPointers, columnIndices });
}
