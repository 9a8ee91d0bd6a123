import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../core/errors';
import type { State } from '../core/state';
import type { Batch, Source } from '../core/types';
import { disposeBatch, imageBatch } from '../data/batch';
import type { Examples, ImageShape } from '../data/dataset';
import type { Rng } from '../math/rng';
import { ShuffledEpochs } from './epochs';
import { jitter } from './jitter';
import { lent } from './lent';

export interface PartlyLabelledOptions {
  readonly examples: Examples;
  readonly inputShape: ImageShape;
  /** Numbers of the examples whose labels may be seen. */
  readonly labelled: Int32Array;
  readonly unlabelled: Int32Array;
  /** Labelled examples of a batch. */
  readonly batchSize: number;
  /** Unlabelled examples of a batch for each labelled one: μ of FixMatch. */
  readonly ratio: number;
  readonly flatten?: boolean;
  /** Pixels by which the view of the teacher, and labelled images, are shifted at most. */
  readonly weak: number;
  /** Pixels by which the student's view of unlabelled images is shifted at most, anew of its own. */
  readonly strong: number;
  /** Side of a square that is erased from the student's view at a random place (DeVries and Taylor 2017). */
  readonly cutout: number;
}

/**
 * Labelled and unlabelled images side by side, after FixMatch (Sohn et al. 2020, arXiv:2001.07685). `x` has the labelled
 * images first, weakly moved, then the unlabelled ones strongly; `y` is −1 where the label is hidden; the extra `weak` has
 * the weak view of every row, for a teacher (`viewTeacher`). An epoch is one pass over the unlabelled images; its last,
 * smaller batch is left out.
 */
export function partlyLabelled(options: PartlyLabelledOptions): Source {
  const {
    examples,
    inputShape,
    labelled,
    unlabelled,
    batchSize,
    ratio,
    flatten = false,
    weak,
    strong,
    cutout,
  } = options;
  const [height, width] = inputShape;
  const many = batchSize * ratio;
  if (labelled.length < batchSize || unlabelled.length < many)
    throw new KdlabError(
      `a batch of ${batchSize} labelled and ${many} unlabelled images needs as many; there are ${labelled.length} and ` +
        `${unlabelled.length}. Lower batchSize or ratio.`,
    );
  if (Math.max(weak, strong) >= Math.min(height, width) || cutout > Math.min(height, width))
    throw new KdlabError(
      `shifts of ${weak} and ${strong} and a cutout of ${cutout} do not fit ${height}×${width} images`,
    );
  const known = new ShuffledEpochs(labelled.length, batchSize, { dropLast: true });
  const hidden = new ShuffledEpochs(unlabelled.length, many, { dropLast: true });

  const view = (ids: Int32Array, rng: Rng, pixels: number) =>
    imageBatch(examples, ids, { inputShape, flatten, ...(pixels > 0 ? { shift: jitter(rng, pixels) } : {}) });
  /** 0 within the erased square of each image, 1 elsewhere, in the shape of x. */
  const erasers = (ids: Int32Array, rng: Rng): tf.Tensor => {
    const kept = new Float32Array(ids.length * height * width).fill(1);
    ids.forEach((id, row) => {
      const [top, left] = [height, width].map((side, axis) =>
        Math.floor(rng.split('place', id).uniform(2)[axis]! * (side - cutout + 1)),
      ) as [number, number];
      for (let y = top; y < top + cutout; y++)
        kept.fill(0, row * height * width + y * width + left, row * height * width + y * width + left + cutout);
    });
    const mask = tf.tensor4d(kept, [ids.length, height, width, 1]);
    const all = tf.tile(mask, [1, 1, 1, inputShape[2]]);
    return flatten ? tf.reshape(all, [ids.length, -1]) : all;
  };

  function* made(rng: Rng): Generator<Batch> {
    const labels = known.batches(rng.split('labelled'));
    for (const { chosen, epoch } of hidden.batches(rng.split('unlabelled'))) {
      const first = labels.next().value;
      const ids = [first.chosen.map((i) => labelled[i]!), chosen.map((i) => unlabelled[i]!)] as const;
      const key = (label: string, at: number) => rng.split(label, at);
      const parts = [
        view(ids[0], key('labelled view', first.epoch), weak),
        view(ids[1], key('weak view', epoch), weak),
        view(ids[1], key('strong view', epoch), strong),
      ] as const;
      const { x, y, seen } = tf.tidy(() => {
        const erased = cutout > 0 ? tf.mul(parts[2].x, erasers(ids[1], key('cutout', epoch))) : parts[2].x;
        return {
          x: tf.concat([parts[0].x, erased]),
          y: tf.concat([parts[0].y!, tf.fill([many], -1, 'int32') as tf.Tensor1D]),
          seen: tf.concat([parts[0].x, parts[1].x]),
        };
      });
      const all = Int32Array.of(...ids[0], ...ids[1]);
      const batch: Batch = { x, y, extras: { weak: seen }, ids: all, size: all.length };
      for (const part of parts) disposeBatch(part);
      yield batch;
    }
  }

  return {
    sampling: { kind: 'shuffle' },
    inputShape: flatten ? [height * width * inputShape[2]] : inputShape,
    augmented: weak > 0 || strong > 0 || cutout > 0,
    stepsPerEpoch: hidden.stepsPerEpoch,
    batches: ({ rng }) => lent(made(rng)),
    save: () => ({ labelled: known.save(), unlabelled: hidden.save() }),
    load: (state) => {
      known.load(state.labelled as State);
      hidden.load(state.unlabelled as State);
    },
  };
}
