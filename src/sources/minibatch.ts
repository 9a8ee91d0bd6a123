import { KdlabError } from '../core/errors';
import type { Batch, Source } from '../core/types';
import { imageBatch } from '../data/batch';
import type { Examples, ImageShape } from '../data/dataset';
import type { Rng } from '../math/rng';
import { ShuffledEpochs } from './epochs';
import { jitter } from './jitter';
import { lent } from './lent';

export interface MinibatchOptions {
  readonly examples: Examples;
  readonly inputShape: ImageShape;
  /** Numbers of the examples to draw from; by default all. */
  readonly indices?: Int32Array;
  readonly batchSize: number;
  /** One row per image, [n, h·w·c], instead of [n, h, w, c]. */
  readonly flatten?: boolean;
  /** Leaves out the smaller batch at the end of an epoch. */
  readonly dropLast?: boolean;
  /** Each image is moved by up to so many pixels along both axes, anew in every epoch. */
  readonly jitter?: number;
}

/**
 * Shuffled minibatches, epoch after epoch without end: x float32 [n, h, w, c] or [n, h·w·c] in [0, 1], y int32 [n], ids
 * the examples' numbers. The order of an epoch is a permutation drawn for that epoch, so the whole state is the epoch
 * and the position in it. A batch is disposed when the next one is asked for.
 *
 * Throws KdlabError where there is nothing to draw, or a size or a saved position that cannot be.
 */
export function minibatch(options: MinibatchOptions): Source {
  const { examples, inputShape, batchSize, flatten = false, dropLast = false, jitter: pixels = 0 } = options;
  const indices = options.indices ?? Int32Array.from({ length: examples.count }, (_, i) => i);
  check(options, indices);
  const epochs = new ShuffledEpochs(indices.length, batchSize, { dropLast });

  function* made(rng: Rng): Generator<Batch> {
    for (const { chosen, epoch } of epochs.batches(rng)) {
      const shift = pixels > 0 ? { shift: jitter(rng.split('jitter', epoch), pixels) } : {};
      const ids = chosen.map((i) => indices[i]!);
      yield imageBatch(examples, ids, { inputShape, flatten, ...shift });
    }
  }

  return {
    sampling: { kind: 'shuffle' },
    inputShape: flatten ? [inputShape.reduce((product, length) => product * length)] : inputShape,
    augmented: pixels > 0,
    stepsPerEpoch: epochs.stepsPerEpoch,
    batches: ({ rng }) => lent(made(rng)),
    save: () => epochs.save(),
    load: (state) => epochs.load(state),
  };
}

function check(
  { examples, inputShape, batchSize, dropLast, jitter: pixels = 0 }: MinibatchOptions,
  indices: Int32Array,
): void {
  const [height, width, channels] = inputShape;
  if (examples.images.length !== examples.count * height * width * channels)
    throw new KdlabError(
      `minibatch: ${examples.images.length} pixels are not ${examples.count} images of shape [${inputShape}]`,
    );
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new KdlabError(`minibatch: batchSize is ${batchSize}, expected a whole number of at least 1`);
  if (indices.length === 0) throw new KdlabError('minibatch: there are no examples to draw from');
  const stray = indices.find((id) => id < 0 || id >= examples.count);
  if (stray !== undefined)
    throw new KdlabError(`minibatch: example ${stray} does not exist, expected 0 to ${examples.count - 1}`);
  if (dropLast === true && indices.length < batchSize)
    throw new KdlabError(
      `minibatch: ${indices.length} examples make no full batch of ${batchSize}; lower batchSize or keep the last batch`,
    );
  if (!Number.isInteger(pixels) || pixels < 0 || pixels >= Math.min(height, width))
    throw new KdlabError(`minibatch: jitter is ${pixels} pixels, expected 0 to ${Math.min(height, width) - 1}`);
}
