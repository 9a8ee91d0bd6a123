import type { Batch, Source } from '../core/types';
import type { Rng } from '../math/rng';
import { labelledBatch, type Sequences } from '../text/sequences';
import { ShuffledEpochs } from './epochs';
import { lent } from './lent';

/** Shuffled minibatches of labelled sequences: x token numbers float32 [n, width], y int32 [n]. */
export function labelledSequencesSource(sequences: Sequences, batchSize: number): Source {
  const epochs = new ShuffledEpochs(sequences.count, batchSize);
  let example: Batch | undefined;
  function* made(rng: Rng): Generator<Batch> {
    for (const { chosen } of epochs.batches(rng)) yield labelledBatch(sequences, chosen);
  }
  return {
    sampling: { kind: 'shuffle' },
    inputShape: [sequences.width],
    augmented: false,
    stepsPerEpoch: epochs.stepsPerEpoch,
    batches: ({ rng }) => lent(made(rng)),
    save: () => epochs.save(),
    load: (state) => epochs.load(state),
    example: () => {
      example ??= labelledBatch(sequences, Int32Array.of(0));
      return example;
    },
  };
}
