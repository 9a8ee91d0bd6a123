import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Batch, Source } from '../../src/core/types';
import type { Examples, ImageShape } from '../../src/data/dataset';
import type { Rng } from '../../src/math/rng';
import { NumberedEpochs } from '../../src/sources/epochs';
import { lent } from '../../src/sources/lent';

export interface CommitteeSourceOptions {
  readonly examples: Examples;
  readonly inputShape: ImageShape;
  /** The example numbers of each member, in any order. */
  readonly parts: readonly Int32Array[];
  /** Examples of each member in a batch. */
  readonly batchSize: number;
  /** One row per image instead of [h, w, c]. */
  readonly flatten?: boolean;
}

/**
 * Batches for a committee: row r holds one example of every member's own part, x float32 [n, members, …] in [0, 1] and
 * `extras.labels` int32 [n, members]. Every member goes through its part in an order of its own, drawn for each epoch; an epoch
 * is as long as the smallest part, larger ones leave out as many examples, other ones each epoch. Throws KdlabError for an
 * empty part or a batch larger than the smallest.
 */
export function committeeSource(options: CommitteeSourceOptions): Source {
  const { examples, inputShape, parts, batchSize, flatten = false } = options;
  const smallest = Math.min(...parts.map((part) => part.length));
  if (!(smallest >= 1)) throw new KdlabError('committee: a member has no examples');
  if (batchSize > smallest)
    throw new KdlabError(
      `committee: batchSize is ${batchSize}, and a member has ${smallest} examples; lower batchSize or take fewer members`,
    );
  const pixels = inputShape.reduce((product, length) => product * length);
  const shape = flatten ? [pixels] : [...inputShape];
  const epochs = new NumberedEpochs(Math.floor(smallest / batchSize));

  function batchOf(orders: readonly Int32Array[], from: number): Batch {
    const x = new Float32Array(batchSize * parts.length * pixels);
    const labels = new Int32Array(batchSize * parts.length);
    for (let row = 0; row < batchSize; row++)
      parts.forEach((part, member) => {
        const id = part[orders[member]![from + row]!]!;
        const at = row * parts.length + member;
        labels[at] = examples.labels[id]!;
        for (let p = 0; p < pixels; p++) x[at * pixels + p] = examples.images[id * pixels + p]! / 255;
      });
    return {
      x: tf.tensor(x, [batchSize, parts.length, ...shape]),
      extras: { labels: tf.tensor2d(labels, [batchSize, parts.length], 'int32') },
      size: batchSize,
    };
  }

  const drawn = (epoch: Rng) => {
    const orders = parts.map((part, i) => epoch.split('member', i).permutation(part.length));
    return (at: number) => batchOf(orders, at * batchSize);
  };

  return {
    sampling: { kind: 'shuffle' },
    inputShape: [parts.length, ...shape],
    augmented: false,
    stepsPerEpoch: epochs.stepsPerEpoch,
    batches: ({ rng }) => lent(epochs.batches(rng, drawn)),
    save: () => ({ position: epochs.save().step }),
    load: ({ position }) => epochs.load({ step: position as number }),
  };
}
