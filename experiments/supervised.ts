import { z } from 'zod';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { FOLDERS, modelSchema } from '../src/config/training';
import { experiment } from '../src/core/experiment';
import { section } from '../src/core/section';
import type { Stage } from '../src/core/trainer';
import type { Model, Objective } from '../src/core/types';
import { listDatasets } from '../src/data/registry';
import { networkTeacher } from '../src/teachers/network';
import { learnerOf, sharedCatalogue } from './parts/estimators';
import { ImageTask, type ImageTraining, imageDataset, imageTraining } from './parts/image-task';
import { classificationResults } from './results/classification';

const objectiveList = objectives([FOLDERS.objectives]);

export const schema = section({
  ...baseShape,
  dataset: imageDataset,
  teacher: section({ model: modelSchema, ...imageTraining }),
  student: section({
    model: modelSchema,
    objective: objectiveList.default([{ kd: { temperature: 4, alpha: 0.9 }, weight: 1 }]),
    hints: section({ objective: objectiveList, ...imageTraining })
      .optional()
      .describe('a stage before, with objectives of its own: FitNets trains the layers below a hint first'),
    omitClasses: z.array(z.number().int().min(0)).default([]).describe('classes the student never sees'),
    cacheTeacher: z
      .boolean()
      .default(true)
      .describe('compute the teacher’s logits once and keep them on disk, where nothing but logits is asked of it'),
    ...imageTraining,
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
  build: async (config, context) => {
    const task = await ImageTask.load(config.dataset, context);
    const { dataset, split } = task;
    const { omitClasses, cacheTeacher, hints } = config.student;
    const transfer = split.train.filter((id) => !omitClasses.includes(dataset.train.labels[id]!));
    const teacher = task.model('teacher', config.teacher.model, 'teacher');
    const student = task.model('student', config.student.model, 'student');
    // The same key as the student's: both begin with the same weights.
    const baseline = task.model('baseline', config.student.model, 'student');
    const plainObjective = buildObjective([{ 'cross-entropy': {}, weight: 1 }], [FOLDERS.objectives]);

    const stage = (parts: {
      name: string;
      title: string;
      model: Model;
      objective: Objective;
      indices: Int32Array;
      training: ImageTraining;
      taught?: boolean;
      randomness?: string;
    }): Stage => {
      const { name, title, model, objective, indices, training, taught = false, randomness = name } = parts;
      const source = task.source(model, indices, training);
      const logitsAlone = (objective.needs.teacher ?? []).every((tap) => tap === 'logits');
      const cached = cacheTeacher && training.jitter === 0 && logitsAlone;
      const guide = () => (cached ? task.cached(teacher, indices, String(omitClasses)) : networkTeacher(teacher));
      return {
        name,
        title,
        learners: [learnerOf(name, model, objective, training)],
        teachers: taught ? [guide()] : [],
        source,
        steps: training.epochs * source.stepsPerEpoch!,
        randomness,
        ...task.evaluation(model, source.stepsPerEpoch!),
      };
    };

    const taughtBy = (entries: z.output<typeof objectiveList>, key: string) =>
      buildObjective(entries, [FOLDERS.objectives], task.place(student, [teacher], key));
    const distil = taughtBy(config.student.objective, 'student');
    const first = hints === undefined ? undefined : taughtBy(hints.objective, 'hints');
    const stages = [
      stage({
        name: 'teacher',
        title: 'teacher, from labels',
        model: teacher,
        objective: plainObjective,
        indices: split.train,
        training: config.teacher,
      }),
      ...(first === undefined || hints === undefined
        ? []
        : [
            stage({
              name: 'student-hints',
              title: `student, first stage (${first.name})`,
              model: student,
              objective: first,
              indices: transfer,
              training: hints,
              taught: true,
            }),
          ]),
      stage({
        name: 'student',
        title: `student, from the teacher (${distil.name})`,
        model: student,
        objective: distil,
        indices: transfer,
        training: config.student,
        taught: true,
      }),
      ...(config.baseline
        ? [
            stage({
              name: 'baseline',
              title: 'the same student, from labels alone',
              model: baseline,
              objective: plainObjective,
              indices: transfer,
              training: config.student,
              randomness: 'student',
            }),
          ]
        : []),
    ];
    return {
      stages,
      datasets: [task.record],
      models: { teacher, student, ...(config.baseline ? { baseline } : {}) },
      evaluate: async () =>
        classificationResults({ config, dataset, split, teacher, student, ...(config.baseline ? { baseline } : {}) }),
    };
  },
});
