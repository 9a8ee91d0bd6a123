import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { FOLDERS, modelSchema } from '../src/config/training';
import { experiment } from '../src/core/experiment';
import { section } from '../src/core/section';
import type { Learner } from '../src/core/step';
import type { Stage } from '../src/core/trainer';
import type { Batch, Model, Objective } from '../src/core/types';
import { listDatasets } from '../src/data/registry';
import { behind, judged, teacherBehind } from '../src/generative/behind';
import { coverage } from '../src/generative/coverage';
import { generator, generatorSchema } from '../src/generative/generator';
import { noise } from '../src/sources/noise';
import { networkTeacher } from '../src/teachers/network';
import { learnerOf, sharedCatalogue, type Updates, updateShape } from './parts/estimators';
import { ImageTask, imageDataset } from './parts/image-task';
import { dataFreeResults } from './results/data-free';

const GENERATIVE = path.resolve(__dirname, '../src/generative/objectives');

export const schema = section({
  ...baseShape,
  dataset: section({
    ...imageDataset.shape,
    validation: z.number().int().min(1).default(5000).describe('training images held out, which no student sees'),
  }),
  teacher: section({
    model: modelSchema,
    epochs: z.number().int().positive().default(10),
    batchSize: z.number().int().positive().default(128),
    ...updateShape,
  }),
  generator: section({
    model: generatorSchema.default({ latent: 64, kind: 'convolution', hidden: 256, filters: 32 }),
    objective: objectives([GENERATIVE]).default([{ zskt: {}, weight: 1 }]),
    ...updateShape,
  }),
  student: section({
    model: modelSchema,
    objective: objectives([FOLDERS.objectives]).default([{ kd: { temperature: 1, alpha: 1 }, weight: 1 }]),
    steps: z.number().int().positive().default(3000).describe('batches of the generator'),
    batchSize: z.number().int().positive().default(128),
    updatesPerBatch: z.number().int().positive().default(1).describe('of the student; ZSKT makes 10'),
    ...updateShape,
  }),
  reference: z.boolean().default(true).describe('distil the same student on the real training images too'),
  baseline: z.boolean().default(true).describe('distil the same student on uniform noise too'),
});

export type DataFreeConfig = z.output<typeof schema>;

/**
 * Distillation without data: a generator makes images from noise, the student learns what the teacher says of them, both
 * on the same batches. Beside it the same student from the same start on the real images, and on noise.
 */
export default experiment({
  description: 'distillation without data: a generator makes the images',
  schema,
  catalogue: () => ({ ...sharedCatalogue(), datasets: listDatasets() }),
  build: async (config, context) => {
    const { rng } = context;
    const task = await ImageTask.load(config.dataset, context);
    const { dataset, split } = task;
    const { inputShape } = dataset;
    const teacher = task.model('teacher', config.teacher.model, 'teacher');
    // One key: all students begin with the same weights.
    const [student, reference, baseline] = ['student', 'reference', 'baseline'].map((id) =>
      task.model(id, config.student.model, 'student'),
    ) as [Model, Model, Model];
    const images = generator(config.generator.model, { shape: inputShape, rng: rng.split('generator') });
    const guide = networkTeacher(teacher);
    const eye = judged(images, teacher, student);

    const real = (model: Model, batchSize: number) => task.source(model, split.train, { batchSize, jitter: 0 });
    const learner = (
      name: string,
      model: Model,
      objective: Objective,
      options: Updates,
      updatesPerBatch = 1,
    ): Learner => ({ ...learnerOf(name, model, objective, options), updatesPerBatch });
    const measureError = (model: Model) => () => ({ validationError: task.validationError(model) });
    const every = Math.max(1, Math.floor(config.student.steps / 20));
    const objectiveOf = (model: Model, teachers: Stage['teachers'], x: Stage['source']) =>
      buildObjective(config.student.objective, [FOLDERS.objectives], {
        student: model,
        teachers,
        batch: zeros(x),
        rng: rng.split('objective'),
      });
    const alone = (name: string, title: string, model: Model, source: Stage['source']): Stage => ({
      name,
      title,
      learners: [
        learner(name, model, objectiveOf(model, [guide], source), config.student, config.student.updatesPerBatch),
      ],
      teachers: [guide],
      source,
      steps: config.student.steps,
      evaluation: { every, measure: measureError(model) },
    });
    const plain = buildObjective([{ 'cross-entropy': {}, weight: 1 }], [FOLDERS.objectives]);
    const labelled = real(teacher, config.teacher.batchSize);
    const latent = noise({ shape: [images.latent], distribution: 'normal', batchSize: config.student.batchSize });
    const [hidden, guiding] = [behind(images, student), teacherBehind(images, guide)];
    const stages: Stage[] = [
      {
        name: 'teacher',
        title: 'teacher, from labels',
        learners: [learner('teacher', teacher, plain, config.teacher)],
        teachers: [],
        source: labelled,
        steps: config.teacher.epochs * labelled.stepsPerEpoch!,
        evaluation: { every: labelled.stepsPerEpoch!, measure: measureError(teacher) },
      },
      {
        name: 'student',
        title: 'student and generator, no data',
        learners: [
          learner(
            'generator',
            eye,
            buildObjective(config.generator.objective, [GENERATIVE], {
              student: eye,
              teachers: [],
              batch: zeros(latent),
              rng: rng.split('generator'),
            }),
            config.generator,
          ),
          learner(
            'student',
            hidden,
            objectiveOf(hidden, [guiding], latent),
            config.student,
            config.student.updatesPerBatch,
          ),
        ],
        teachers: [guiding],
        source: latent,
        steps: config.student.steps,
        evaluation: {
          every,
          measure: () => {
            const { classEntropy, confidence, spread } = coverage(images, teacher, { rng: rng.split('coverage') });
            return { ...measureError(student)(), classEntropy, confidence, spread };
          },
        },
      },
      ...(config.reference
        ? [
            alone(
              'reference',
              'the same student, on the real images',
              reference,
              real(reference, config.student.batchSize),
            ),
          ]
        : []),
      ...(config.baseline
        ? [
            alone(
              'baseline',
              'the same student, on noise',
              baseline,
              noise({ shape: baseline.inputShape, distribution: 'uniform', batchSize: config.student.batchSize }),
            ),
          ]
        : []),
    ];
    const models = {
      teacher,
      student,
      ...(config.reference ? { reference } : {}),
      ...(config.baseline ? { baseline } : {}),
    };
    return {
      stages,
      datasets: [task.record],
      models: { ...models, generator: eye },
      evaluate: async () =>
        dataFreeResults({ config, dataset, models, coverage: coverage(images, teacher, { rng: rng.split('shown') }) }),
    };
  },
});

/** An example of a source's shape, for objectives that ask networks for the shapes of their taps. */
function zeros({ inputShape }: Stage['source']): Batch {
  return { x: tf.zeros([1, ...inputShape]), size: 1 };
}
