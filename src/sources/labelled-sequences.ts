import type { Batch, Source, SourceContext } from '../core/types';
import { disposeBatch } from '../data/batch';
import { labelledBatch, type Sequences } from '../text/sequences';
import { ShuffledEpochs } from './epochs';

/** Shuffled minibatches of labelled sequences: x token numbers float32 [n, width], y int32 [n]. */
export function labelledSequencesSource(sequences: Sequences, batchSize: number): Source {
  const epochs = new ShuffledEpochs(sequences.count, batchSize);
  let example: Batch | undefined;
  async function* batches({ rng }: Pick<SourceContext, 'rng'>): AsyncGenerator<Batch> {
    for (const { chosen } of epochs.batches(rng)) {
      const batch = labelledBatch(sequences, chosen);
      try {
        yield batch;
      } finally {
        disposeBatch(batch);
      }
    }
  }
  return {
    sampling: { kind: 'shuffle' },
    inputShape: [sequences.width],
    augmented: false,
    stepsPerEpoch: epochs.stepsPerEpoch,
    batches,
    save: () => epochs.save(),
    load: (state) => epochs.load(state),
    example: () => {
      example ??= labelledBatch(sequences, Int32Array.of(0));
      return example;
    },
  };
}
