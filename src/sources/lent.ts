import type { Batch } from '../core/types';
import { disposeBatch } from '../data/batch';

/** Batches that stay their maker's: each is made when it is asked for, and disposed when the next one is or the consumer stops. */
export async function* lent(
  batches: Iterable<Batch>,
  dispose: (batch: Batch) => void = disposeBatch,
): AsyncGenerator<Batch> {
  for (const batch of batches)
    try {
      yield batch;
    } finally {
      dispose(batch);
    }
}
