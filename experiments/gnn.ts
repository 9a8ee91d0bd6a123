import path from 'node:path';
import { z } from 'zod';
import { listGraphs } from '../graphs/data/registry';
import { samplingOptions } from '../graphs/sources/sampled';
import { entropyRank } from '../graphs/teachers/entropy-rank';
import { entropyShift } from '../graphs/teachers/entropy-shift';
import { fixedTeacher } from '../graphs/teachers/fixed';
import { fewerEdges } from '../graphs/transforms/fewer-edges';
import { baseShape } from '../src/config/base';
import { objectives } from '../src/config/objectives';
import { FOLDERS } from '../src/config/training';
import { KdlabError } from '../src/core/errors';
import { experiment } from '../src/core/experiment';
import type { ModelDefinition } from '../src/core/model';
import { type Named, named, nameOf } from '../src/core/named';
import { describeAll, resolveNamed } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Model, Teacher } from '../src/core/types';
import { ensembleTeacher } from '../src/teachers/ensemble';
import { sharedCatalogue, updateShape } from './parts/estimators';
import { graphStages, observedBatch } from './parts/graph-stage';
import { graphDataset, graphPositions, graphTask, POSITIONS } from './parts/graph-task';
import { graphResults } from './results/graph';

const MODELS = [path.resolve(__dirname, '../graphs/models')];
const OBJECTIVES = [path.resolve(__dirname, '../graphs/objectives'), FOLDERS.objectives];

const objectiveList = objectives(OBJECTIVES);
const LABELS = [{ 'cross-entropy': {}, weight: 1 }] as unknown as z.output<typeof objectiveList>;

const decay = section({ lambda: z.number().min(0), only: z.string().default('') }).describe(
  'weight decay through the gradient, as the objective l2: of all parameters, or those whose names begin so',
);

const trainingShape = {
  model: named('model', MODELS),
  epochs: z
    .number()
    .int()
    .positive()
    .default(200)
    .describe('an epoch is one step on the whole graph, or as many as batches of nodes there are'),
  patience: z.number().int().positive().optional().describe('validations without a better one after which it ends'),
  evaluateEvery: z.number().int().positive().default(1).describe('epochs between validations'),
  decay: decay.optional(),
  sampling: samplingOptions
    .optional()
    .describe('a step on parts of the graph, {neighbors: {…}} or {clusters: {…}}; absent: on all of it'),
  ...updateShape,
};

export const schema = section({
  ...baseShape,
  dataset: graphDataset,
  unseen: z
    .number()
    .min(0)
    .lt(1)
    .default(0)
    .describe(
      'share of the test nodes that training does not see; 0: transductive, 0.2: the production setting of GLNN',
    ),
  hiddenEdges: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('share of the edges that only the teacher knows, in training and in the test'),
  positions: graphPositions,
  teacher: section({ ...trainingShape, objective: objectiveList.default(LABELS) }),
  committee: z
    .array(section({ ...trainingShape, objective: objectiveList.default(LABELS) }))
    .min(1)
    .optional()
    .describe('further teachers, of other kinds: the student learns from the mean of all their probabilities'),
  student: section({
    ...trainingShape,
    batchSize: z
      .number()
      .int()
      .positive()
      .optional()
      .describe('nodes a step, for a student and a method that need no graph; absent: all at once'),
    objective: objectiveList.default([{ glnn: { lambda: 0 }, weight: 1 }] as unknown as z.output<typeof objectiveList>),
    noise: section({
      deviation: z.number().positive().default(1),
      repeats: z.number().int().positive().default(1),
    })
      .default({ deviation: 1, repeats: 1 })
      .describe('on the features, for the teacher’s tap entropyShift'),
  }),
  reference: objectiveList
    .optional()
    .describe(
      'also train the same student by this, usually plain distillation ([{glnn: {}}]), to hold the method against',
    ),
  baseline: z
    .union([z.boolean(), section({ decay })])
    .default(true)
    .describe('train the same student without the teacher, where told with a weight decay of its own'),
  embedding: z
    .number()
    .int()
    .min(0)
    .default(200)
    .describe('test nodes drawn in the plane in the report; 0: no drawing'),
});

/**
 * Node classification on a graph: a teacher with labels, a student (with the graph or without) that learns from it on all nodes
 * training sees, the same student from the same start by the labels alone. Each is tested as it was at its best validation.
 */
export default experiment({
  description: 'node classification: a graph network as teacher, a distilled student, the same student alone',
  schema,
  catalogue: () => ({
    ...sharedCatalogue(),
    models: describeAll('model', MODELS),
    objectives: describeAll('objective', OBJECTIVES),
    positions: describeAll('positions', POSITIONS),
    datasets: listGraphs().map(({ name, description }) => ({ name, description })),
  }),
  build: async (config, context) => {
    const { rng } = context;
    const { unseen, positions, hiddenEdges } = config;
    if (hiddenEdges !== undefined && unseen > 0)
      throw new KdlabError('hiddenEdges and unseen exclude each other: hide edges or nodes');
    const task = await graphTask(config.dataset, { ...context, unseen, positions });
    const { observed, split } = task;
    const all = observedBatch(task);
    const make = (id: string, part: Named, key: string): Model => {
      const { name, options } = nameOf(part);
      const place = { id, inputShape: [observed.features.columns], classes: observed.classes, rng: rng.split(key) };
      return resolveNamed<ModelDefinition>('model', MODELS, name).build(options, place);
    };
    const teacher = make('teacher', config.teacher.model, 'teacher');
    const student = make('student', config.student.model, 'student');
    // The same key as the student's: both begin with the same weights.
    const baseline = make('baseline', config.student.model, 'student');
    const reference = make('reference', config.student.model, 'student');

    const stage = graphStages({ task, all, teacher, folders: OBJECTIVES, rng });
    const poorer =
      hiddenEdges === undefined
        ? undefined
        : { ...task, observed: fewerEdges(observed, hiddenEdges, rng.split('hidden edges')) };
    const poorerBatch = poorer && observedBatch(poorer);
    const pupil =
      poorer === undefined
        ? stage
        : graphStages({ task: poorer, all: poorerBatch!, teacher, folders: OBJECTIVES, rng });
    const { deviation, repeats } = config.student.noise;
    const committee = (config.committee ?? []).map((training, i) => {
      const name = `teacher${i + 2}`;
      return { name, training, model: make(name, training.model, name) };
    });
    const held = (model: Model, taps: readonly string[]): Teacher =>
      fixedTeacher({
        model,
        batch: all,
        taps: taps.filter((tap) => tap !== 'logits'),
        further: { entropyRank, entropyShift: entropyShift({ rng: rng.split('noise'), deviation, repeats }) },
      });
    const teach = (taps: readonly string[]): Teacher =>
      committee.length === 0
        ? held(teacher, taps)
        : ensembleTeacher([teacher, ...committee.map(({ model }) => model)].map((model) => held(model, [])));
    const alone = config.baseline !== false;
    const stages = [
      stage({
        name: 'teacher',
        title: () => 'teacher, from labels',
        model: teacher,
        training: config.teacher,
        objective: config.teacher.objective,
        labelled: true,
      }),
      ...committee.map(({ name, training, model }) =>
        stage({
          name,
          title: () => `${name}, from labels`,
          model,
          training,
          objective: training.objective,
          labelled: true,
        }),
      ),
      pupil({
        name: 'student',
        title: (objective) => `student, from the teacher (${objective})`,
        model: student,
        training: config.student,
        objective: config.student.objective,
        teach,
      }),
      ...(config.reference === undefined
        ? []
        : [
            pupil({
              name: 'reference',
              title: (objective) => `the same student, plainly (${objective})`,
              model: reference,
              training: config.student,
              objective: config.reference,
              teach,
              randomness: 'student',
            }),
          ]),
      ...(alone
        ? [
            pupil({
              name: 'baseline',
              title: () => 'the same student, from labels alone',
              model: baseline,
              training: { ...config.student, ...(typeof config.baseline === 'object' ? config.baseline : {}) },
              objective: LABELS,
              labelled: true,
              randomness: 'student',
            }),
          ]
        : []),
    ];
    const models = {
      teacher,
      student,
      ...(config.reference === undefined ? {} : { reference }),
      ...(alone ? { baseline } : {}),
    };
    return {
      stages,
      datasets: [{ name: config.dataset.name, digest: task.digest, source: task.source, splitHash: split.hash }],
      models: { ...models, ...Object.fromEntries(committee.map(({ name, model }) => [name, model])) },
      evaluate: async (trained) =>
        graphResults({
          config,
          task,
          observedBatch: all,
          models,
          trained,
          ...(poorer && { poorer: { graph: poorer.observed, batch: poorerBatch! } }),
        }),
    };
  },
});
