import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { State } from '../../src/core/state';
import type { Batch, Source } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { NumberedEpochs } from '../../src/sources/epochs';
import { lent } from '../../src/sources/lent';
import type { Graph } from '../graph';
import type { Positions } from '../positions';
import type { Kept } from './whole-graph';

/** Nodes by themselves, x [n, features] in full, without their graph: what a student without it is given. The caller disposes it. */
export function nodeRows(
  { features }: Pick<Graph, 'features'>,
  labels: Int32Array,
  ids: Int32Array,
  positions?: Positions,
): Batch {
  return {
    x: tf.tensor2d(features.gather(ids), [ids.length, features.columns]),
    y: tf.tensor1d(
      ids.map((id) => labels[id]!),
      'int32',
    ),
    ids,
    size: ids.length,
    ...(positions && { extras: { positions: tf.tensor2d(positions.gather(ids), [ids.length, positions.width]) } }),
  };
}

export interface NodeBatchesOptions {
  readonly graph: Graph;
  /** [nodes], −1 where the class is to stay unknown. */
  readonly labels: Int32Array;
  /** Whom to draw from. */
  readonly nodes: Int32Array;
  readonly batchSize: number;
  readonly positions?: Positions | undefined;
  readonly kept?: Kept;
}

/**
 * Nodes in batches drawn without replacement, anew in every epoch, each node by its features alone; what does not fill a last
 * batch is left out, as the authors of GLNN do. The order is a permutation drawn for its epoch: the state is the epoch
 * and the position in it. Fewer nodes than `batchSize` are one batch. Throws KdlabError for no nodes.
 */
export function nodeBatches({ graph, labels, nodes, batchSize, positions, kept }: NodeBatchesOptions): Source {
  if (nodes.length === 0) throw new KdlabError(`graph ${graph.name}: there are no nodes to draw from`);
  const size = Math.min(batchSize, nodes.length);
  const epochs = new NumberedEpochs(Math.floor(nodes.length / size));
  const first = nodeRows(graph, labels, nodes.slice(0, size), positions);

  const drawn = (epoch: Rng) => {
    const order = epoch.permutation(nodes.length);
    return (at: number) => {
      const chosen = order.slice(at * size, (at + 1) * size).map((place) => nodes[place]!);
      return nodeRows(graph, labels, chosen, positions);
    };
  };

  return {
    sampling: { kind: 'shuffle' },
    inputShape: [graph.features.columns],
    augmented: false,
    stepsPerEpoch: epochs.stepsPerEpoch,
    example: () => first,
    batches: ({ rng }) => lent(epochs.batches(rng, drawn)),
    save: () => ({ ...kept?.save(), ...epochs.save() }),
    load: (state: State) => {
      epochs.load(state);
      kept?.load(state);
    },
  };
}
