import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { State } from '../../src/core/state';
import type { Batch, Source } from '../../src/core/types';
import { cryptographicWords } from '../../src/math/cryptographic-noise';
import { Rng } from '../../src/math/rng';
import { lent } from '../../src/sources/lent';

export interface PoissonOptions {
  /** Numbers of the units to sample from. */
  readonly indices: Int32Array;
  /** q: the probability with which each unit is in a lot. */
  readonly rate: number;
  readonly inputShape: readonly number[];
  /** The units of these numbers as a batch, one row each; at least one is asked for. Disposed after use. */
  batchOf(ids: Int32Array): Batch;
  /** Which data these are: a position saved with others is refused. */
  readonly digest: string;
  /**
   * False: lots follow from the run's seed. True: from a cryptographic key, kept with the checkpoints only: ε assumes that
   * nobody knows who was sampled.
   */
  readonly secret: boolean;
  /** Called before the lot of a step is handed out, and on resuming with the step it goes on from. */
  readonly charge?: { resume(step: number): void; before(step: number): void };
  readonly unit?: string;
  readonly augmented?: boolean;
}

/**
 * Poisson sampling: each unit is in a lot with probability q, independently of the others and of other lots. A lot is filled
 * up to one of a few sizes with rows that do not count (`mask` 0), so that it may be empty and steps need few programs.
 * Lot k depends on the key and k alone. Throws KdlabError on a rate out of range, no units, or a position of other data.
 */
export function poisson(options: PoissonOptions): Source {
  const { indices, rate, inputShape, batchOf, digest, secret, charge, unit = 'example', augmented = false } = options;
  if (!(rate > 0 && rate <= 1))
    throw new KdlabError(
      `poisson: the sampling rate is ${rate}, expected above 0 and at most 1: the lot over the data`,
    );
  if (indices.length === 0) throw new KdlabError('poisson: there are no examples to draw from');
  const population = indices.length;
  const piece = Math.max(1, 2 ** Math.floor(Math.log2(Math.max(1, rate * population))) / 8);
  let step = 0;
  let key = secret ? [...new Int32Array(cryptographicWords(2).buffer)] : undefined;

  function* made(rng: Rng): Generator<Batch> {
    const lots = key === undefined ? rng : Rng.fromKey(key[0]!, key[1]!);
    charge?.resume(step);
    for (;;) {
      const ids = sampled(lots.split('lot', step), indices, rate);
      const size = Math.max(1, Math.ceil(ids.length / piece) * piece);
      const rows = new Int32Array(size).fill(indices[0]!);
      rows.set(ids);
      charge?.before(step);
      step++;
      const mask = tf.tensor1d(Float32Array.from({ length: size }, (_, i) => Number(i < ids.length)));
      yield { ...batchOf(rows), mask };
    }
  }

  return {
    sampling: { kind: 'poisson', rate, population, unit },
    inputShape,
    augmented,
    stepsPerEpoch: Math.max(1, Math.round(1 / rate)),
    batches: ({ rng }) => lent(made(rng)),
    save: () => ({ step, digest, ...(key && { key: Int32Array.from(key) }) }),
    load: (state: State) => {
      if (state.digest !== digest)
        throw new KdlabError(
          `poisson: the saved position belongs to other data (${String(state.digest).slice(0, 12)}…, these are ` +
            `${digest.slice(0, 12)}…): what was spent on those does not cover these. Restore the data, or start a new run.`,
        );
      if (secret !== state.key instanceof Int32Array)
        throw new KdlabError(
          `poisson: the saved position was sampled ${secret ? 'by the seed' : 'secretly'}, this run samples ` +
            `${secret ? 'secretly' : 'by the seed'}. Start a new run.`,
        );
      if (!Number.isSafeInteger(state.step) || (state.step as number) < 0)
        throw new KdlabError(`poisson: the saved position ${JSON.stringify(state.step)} is not a step`);
      step = state.step as number;
      key = state.key instanceof Int32Array ? [...state.key] : undefined;
    },
  };
}

/** Each of the indices where its own 32-bit word is below q·2³², rounded down: never more often than said. */
function sampled(rng: Rng, indices: Int32Array, rate: number): Int32Array {
  const below = Math.floor(rate * 2 ** 32);
  const words = rng.words(indices.length);
  return indices.filter((_, i) => words[i]! < below);
}
