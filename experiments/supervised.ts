import path from 'node:path';
import { z } from 'zod';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { buildModel, buildOptimizer, FOLDERS, modelSchema } from '../src/config/training';
import { experiment } from '../src/core/experiment';
import type { ModelDefinition } from '../src/core/model';
import { nameOf } from '../src/core/named';
import { resolveNamed } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Learner } from '../src/core/step';
import type { Stage } from '../src/core/trainer';
import type { Model, Objective } from '../src/core/types';
import { disposeBatch, imageBatch } from '../src/data/batch';
import { listDatasets, loadDataset } from '../src/data/registry';
import { splitExamples } from '../src/data/split';
import { errorRate, predict } from '../src/evaluate/classification';
import { minibatch } from '../src/sources/minibatch';
import { CachedTeacher } from '../src/teachers/cached';
import { networkTeacher } from '../src/teachers/network';
import { buildEstimator, sharedCatalogue, updateShape } from './parts/estimators';
import { classificationResults } from './results/classification';

const trainingShape = {
  epochs: z.number().int().positive().default(10),
  batchSize: z.number().int().positive().default(128),
  jitter: z.number().int().min(0).default(0).describe('pixels by which images are shifted at random'),
  ...updateShape,
};

export const schema = section({
  ...baseShape,
  dataset: section({
    name: z.enum(listDatasets().map((each) => each.name) as [string, ...string[]]),
    train: z.number().int().positive().optional().describe('training images used; default all that are not held out'),
    validation: z.number().int().min(0).default(5000).describe('training images held out'),
  }),
  teacher: section({ model: modelSchema, ...trainingShape }),
  student: section({
    model: modelSchema,
    objective: objectives([FOLDERS.objectives]).default([{ kd: { temperature: 4, alpha: 0.9 }, weight: 1 }]),
    omitClasses: z.array(z.number().int().min(0)).default([]).describe('classes the student never sees'),
    cacheTeacher: z.boolean().default(true).describe('compute the teacher’s logits once and keep them on disk'),
    ...trainingShape,
  }),
  baseline: z.boolean().default(true).describe('train the same student without the teacher'),
});

/**
 * Image classification: a teacher with labels, a student with the teacher, the same student from the same start on the
 * same batches without it.
 */
export default experiment({
  description: 'image classification: teacher, distilled student, the same student alone',
  schema,
  catalogue: () => ({ ...sharedCatalogue(), datasets: listDatasets() }),
  build: async (config, { rng, dataDir, download, cacheDir, notify }) => {
    const dataset = await loadDataset(config.dataset.name, { ...(dataDir === undefined ? {} : { dataDir }), download });
    const { inputShape, classes, train: examples } = dataset;
    const counts = {
      validation: config.dataset.validation,
      ...(config.dataset.train === undefined ? {} : { train: config.dataset.train }),
    };
    const split = splitExamples(examples, rng.split('split'), counts);
    const transfer = split.train.filter((id) => !config.student.omitClasses.includes(examples.labels[id]!));
    const isFlat = (part: typeof config.teacher.model) =>
      resolveNamed<ModelDefinition>('model', [FOLDERS.models], nameOf(part).name).input === 'flat';
    const make = (id: string, part: typeof config.teacher.model, key: string): Model =>
      buildModel(part, {
        id,
        inputShape: isFlat(part) ? [inputShape.reduce((a, b) => a * b)] : inputShape,
        classes,
        rng: rng.split(key),
      });
    const teacher = make('teacher', config.teacher.model, 'teacher');
    const student = make('student', config.student.model, 'student');
    // The same key as the student's: both begin with the same weights.
    const baseline = make('baseline', config.student.model, 'student');
    const plainObjective = buildObjective([{ 'cross-entropy': {}, weight: 1 }], [FOLDERS.objectives]);

    const stage = (
      name: string,
      title: string,
      model: Model,
      objective: Objective,
      indices: Int32Array,
      options: typeof config.teacher,
      teachers: Stage['teachers'],
      randomness: string,
    ): Stage => {
      const { batchSize, jitter, epochs } = options;
      const source = minibatch({
        examples,
        inputShape,
        indices,
        batchSize,
        jitter,
        flatten: model.inputShape.length === 1,
      });
      const learner: Learner = {
        name,
        student: model,
        objective,
        estimator: buildEstimator(options.estimator),
        optimizer: buildOptimizer(options.optimizer),
        learningRate: options.learningRate,
      };
      const steps = epochs * source.stepsPerEpoch!;
      const measure = () => ({
        validationError: errorRate(predict(model, examples, { inputShape, indices: split.validation })).mean,
      });
      const evaluation = split.validation.length === 0 ? {} : { evaluation: { every: source.stepsPerEpoch!, measure } };
      return { name, title, learners: [learner], teachers, source, steps, randomness, ...evaluation };
    };

    const cached = () =>
      new CachedTeacher({
        folder: path.join(cacheDir, 'teachers'),
        model: teacher,
        dataDigest: `${dataset.digest}/${split.hash}/${config.student.omitClasses}`,
        count: examples.count,
        examples: function* () {
          notify('computing the teacher’s logits once');
          for (let from = 0; from < transfer.length; from += 500) {
            const batch = imageBatch(examples, transfer.slice(from, from + 500), {
              inputShape,
              flatten: teacher.inputShape.length === 1,
            });
            yield batch;
            disposeBatch(batch);
          }
        },
      });
    const guide = config.student.cacheTeacher && config.student.jitter === 0 ? cached() : networkTeacher(teacher);
    const distil = buildObjective(config.student.objective, [FOLDERS.objectives]);
    const stages = [
      stage('teacher', 'teacher, from labels', teacher, plainObjective, split.train, config.teacher, [], 'teacher'),
      stage(
        'student',
        `student, from the teacher (${distil.name})`,
        student,
        distil,
        transfer,
        config.student,
        [guide],
        'student',
      ),
      ...(config.baseline
        ? [
            stage(
              'baseline',
              'the same student, from labels alone',
              baseline,
              plainObjective,
              transfer,
              config.student,
              [],
              'student',
            ),
          ]
        : []),
    ];
    return {
      stages,
      datasets: [{ name: dataset.name, digest: dataset.digest, source: dataset.source, splitHash: split.hash }],
      models: { teacher, student, ...(config.baseline ? { baseline } : {}) },
      evaluate: async () =>
        classificationResults({ config, dataset, split, teacher, student, ...(config.baseline ? { baseline } : {}) }),
    };
  },
});
