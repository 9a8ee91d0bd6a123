import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { imageModel } from '../../src/config/training';
import type { BuildContext } from '../../src/core/experiment';
import type { Named } from '../../src/core/named';
import type { ObjectivePlace } from '../../src/core/objective';
import { section } from '../../src/core/section';
import type { Stage } from '../../src/core/trainer';
import type { Batch, Model, Source } from '../../src/core/types';
import { disposeBatch, imageBatch } from '../../src/data/batch';
import type { ImageDataset } from '../../src/data/dataset';
import { listDatasets, loadDataset } from '../../src/data/registry';
import { type Split, splitExamples } from '../../src/data/split';
import { errorRate, predict } from '../../src/evaluate/classification';
import { minibatch } from '../../src/sources/minibatch';
import { partlyLabelled } from '../../src/sources/partly-labelled';
import { CachedTeacher } from '../../src/teachers/cached';
import { networkTeacher } from '../../src/teachers/network';
import { updateShape } from './estimators';

export const imageDataset = section({
  name: z.enum(listDatasets().map((each) => each.name) as [string, ...string[]]),
  train: z.number().int().positive().optional().describe('training images used; default all that are not held out'),
  validation: z.number().int().min(0).default(5000).describe('training images held out'),
});

/** How a network is trained on images. */
export const imageTraining = {
  epochs: z.number().int().positive().default(10),
  batchSize: z.number().int().positive().default(128),
  jitter: z.number().int().min(0).default(0).describe('pixels by which images are shifted at random'),
  ...updateShape,
};
const training = section(imageTraining);
export type ImageTraining = z.output<typeof training>;

/** How unlabelled images come beside labelled ones. */
export const views = section({
  ratio: z.number().int().positive().default(4).describe('unlabelled images of a batch for each labelled one'),
  weak: z.number().int().min(0).default(1).describe('pixels by which what the teacher sees is shifted at most'),
  strong: z.number().int().min(0).default(3).describe('pixels by which what the student sees is shifted at most'),
  cutout: z.number().int().min(0).default(8).describe('side of the square erased from what the student sees'),
});
export type Views = z.output<typeof views>;

/** A data set of images with its split, and what experiments make of both. */
export class ImageTask {
  private constructor(
    private readonly context: BuildContext,
    readonly dataset: ImageDataset,
    readonly split: Split,
  ) {}

  static async load(config: z.output<typeof imageDataset>, context: BuildContext): Promise<ImageTask> {
    const { rng, dataDir, download } = context;
    const dataset = await loadDataset(config.name, { ...(dataDir === undefined ? {} : { dataDir }), download });
    const counts = {
      validation: config.validation,
      ...(config.train === undefined ? {} : { train: config.train }),
    };
    return new ImageTask(context, dataset, splitExamples(dataset.train, rng.split('split'), counts));
  }

  /** What a run records of the data. */
  get record() {
    const { name, digest, source } = this.dataset;
    return { name, digest, source, splitHash: this.split.hash };
  }

  /** A network for these images; the same `key` gives the same weights to the same architecture. */
  model(id: string, part: Named, key: string): Model {
    const { inputShape, classes } = this.dataset;
    return imageModel(part, { id, inputShape, classes, rng: this.context.rng.split(key) });
  }

  /** Where an objective of `student` is put, taught by these networks. */
  place(student: Model, teachers: readonly Model[], key: string): ObjectivePlace {
    const batch: Batch = { x: tf.zeros([2, ...student.inputShape]), size: 2 };
    return { student, teachers: teachers.map(networkTeacher), batch, rng: this.context.rng.split(`objective/${key}`) };
  }

  /** The error on the held-out images. */
  validationError(model: Model): number {
    const { inputShape, train } = this.dataset;
    return errorRate(predict(model, train, { inputShape, indices: this.split.validation })).mean;
  }

  /** Shuffled minibatches of some examples, in the shape that a model takes. */
  source(
    model: Model,
    indices: Int32Array,
    { batchSize, jitter }: Pick<ImageTraining, 'batchSize' | 'jitter'>,
  ): Source {
    const { train, inputShape } = this.dataset;
    return minibatch({
      examples: train,
      inputShape,
      indices,
      batchSize,
      jitter,
      flatten: model.inputShape.length === 1,
    });
  }

  /** Training images drawn at random whose labels may be seen, and the others. */
  hide(labelled: number): { labelled: Int32Array; unlabelled: Int32Array } {
    const { train } = this.split;
    const order = Int32Array.from(this.context.rng.split('labelled').permutation(train.length), (i) => train[i]!);
    return { labelled: order.slice(0, labelled).sort(), unlabelled: order.slice(labelled).sort() };
  }

  /** Some training images with their labels beside the others without, each in two views. */
  partly(model: Model, labelled: number, how: Views, { batchSize }: ImageTraining): Source {
    const { train: examples, inputShape } = this.dataset;
    return partlyLabelled({
      examples,
      inputShape,
      ...this.hide(labelled),
      batchSize,
      flatten: model.inputShape.length === 1,
      ...how,
    });
  }

  /** The error on the held-out images, measured once an epoch; nothing where none are held out. */
  evaluation(model: Model, every: number): Pick<Stage, 'evaluation'> {
    const measure = () => ({ validationError: this.validationError(model) });
    return this.split.validation.length === 0 ? {} : { evaluation: { every, measure } };
  }

  /** The teacher's logits on these training images, computed once and kept on disk under `key` and the data. */
  cached(teacher: Model, indices: Int32Array, key: string): CachedTeacher {
    const { dataset, split, context } = this;
    const { inputShape, train: examples } = dataset;
    return new CachedTeacher({
      folder: path.join(context.cacheDir, 'teachers'),
      model: teacher,
      dataDigest: `${dataset.digest}/${split.hash}/${key}`,
      count: examples.count,
      examples: function* () {
        context.notify('computing the teacher’s logits once');
        for (let from = 0; from < indices.length; from += 500) {
          const batch = imageBatch(examples, indices.slice(from, from + 500), {
            inputShape,
            flatten: teacher.inputShape.length === 1,
          });
          yield batch;
          disposeBatch(batch);
        }
      },
    });
  }
}
