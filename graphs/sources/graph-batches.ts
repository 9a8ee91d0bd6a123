import { KdlabError } from '../../src/core/errors';
import type { State } from '../../src/core/state';
import type { Batch, Source } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { NumberedEpochs } from '../../src/sources/epochs';
import { lent } from '../../src/sources/lent';
import type { GraphSet } from '../graph-set';
import { type Room, widened } from '../sampling/piece';
import type { Kept } from './whole-graph';

export interface GraphBatchesOptions {
  readonly set: GraphSet;
  /** Numbers of the graphs to draw from. */
  readonly graphs: Int32Array;
  readonly batchSize: number;
  readonly kept?: Kept;
}

/**
 * Whole graphs in batches, shuffled anew in every epoch; what does not fill a last batch is left out. Nodes and edges are
 * padded to room for the largest batch so far, so that steps share a program; it begins with a half more than the mean
 * batch needs. The state is the step and the room. Throws KdlabError for no graphs.
 */
export function graphBatches({ set, graphs, batchSize, kept }: GraphBatchesOptions): Source {
  if (graphs.length === 0) throw new KdlabError(`graphs ${set.parts.name}: there are none to draw from`);
  const size = Math.min(batchSize, graphs.length);
  const epochs = new NumberedEpochs(Math.floor(graphs.length / size));
  const all = set.roomOf(graphs);
  const expected = (count: number) => Math.ceil((1.5 * count * size) / graphs.length);
  let room: Room = widened({ nodes: 0, entries: 0 }, { nodes: expected(all.nodes), entries: expected(all.entries) });
  let example: Batch | undefined;

  const drawn = (epoch: Rng) => {
    const order = epoch.permutation(graphs.length);
    return (at: number) => {
      const chosen = order.slice(at * size, (at + 1) * size).map((place) => graphs[place]!);
      room = widened(room, set.roomOf(chosen));
      return set.batch(chosen, room);
    };
  };

  return {
    sampling: { kind: 'shuffle' },
    inputShape: [set.parts.columns],
    augmented: false,
    stepsPerEpoch: epochs.stepsPerEpoch,
    example: () => {
      example ??= set.batch(graphs.slice(0, size));
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
