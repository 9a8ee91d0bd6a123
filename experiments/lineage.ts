import { z } from 'zod';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { buildOptimizer, FOLDERS, modelSchema } from '../src/config/training';
import { KdlabError } from '../src/core/errors';
import { experiment } from '../src/core/experiment';
import { section, unknownName } from '../src/core/section';
import type { Learner } from '../src/core/step';
import type { Stage } from '../src/core/trainer';
import { listDatasets } from '../src/data/registry';
import { taughtBy } from '../src/objectives/parts/taught-by';
import { networkTeacher } from '../src/teachers/network';
import { buildEstimator, sharedCatalogue } from './parts/estimators';
import { ImageTask, imageDataset, imageTraining } from './parts/image-task';
import { lineageResults } from './results/lineage';

const objectiveList = objectives([FOLDERS.objectives]);

const member = section({
  model: modelSchema,
  teachers: z.array(z.string()).default([]).describe('models further up, or trained together with this one'),
  objective: objectiveList.optional().describe('default: kd where it has teachers, cross-entropy where it has none'),
  start: z
    .string()
    .optional()
    .describe('models of one start and architecture begin with the same weights; default: its name'),
  order: z.string().optional().describe('models of one order see the same batches; default: its start'),
  together: z.string().optional().describe('models of one label are trained in one stage and may teach each other'),
  role: z
    .enum(['teacher', 'student', 'reference', 'baseline'])
    .optional()
    .describe('default: student where it has teachers, else teacher where it teaches, else baseline'),
  ...imageTraining,
});
export type Member = z.output<typeof member>;

const shape = section({
  ...baseShape,
  dataset: imageDataset,
  training: z.record(z.string(), z.unknown()).default({}).describe('keys of every model that does not set them itself'),
  models: z.record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]*$/), member),
  claims: z
    .array(z.string().regex(/^\S+ < \S+$/, 'expected "<model> < <model>"'))
    .default([])
    .describe('orders of test errors that the run is to show'),
});

/** Puts the keys of `training` under each model's own. */
export const schema = z.preprocess((raw) => {
  if (!isRecord(raw) || !isRecord(raw.models) || !isRecord(raw.training)) return raw;
  const entries = Object.entries(raw.models).map(([name, entry]) => [
    name,
    isRecord(entry) ? { ...(raw.training as object), ...entry } : entry,
  ]);
  return { ...raw, models: Object.fromEntries(entries) };
}, shape);

/**
 * Who teaches whom: any number of image classifiers, each taught by those it names or by the labels alone. Chains
 * (born-again networks, teacher assistants), several teachers, several methods side by side, networks that teach each other.
 */
export default experiment({
  description:
    'image classifiers that teach each other: chains, several teachers, methods side by side, mutual learning',
  schema,
  catalogue: () => ({ ...sharedCatalogue(), datasets: listDatasets() }),
  build: async (config, context) => {
    const members = Object.entries(config.models);
    checkLineage(config.models);
    const task = await ImageTask.load(config.dataset, context);
    const models = new Map(members.map(([name, each]) => [name, task.model(name, each.model, each.start ?? name)]));
    const label = ([name, each]: [string, Member]) => each.together ?? name;
    const groups = new Map<string, [string, Member][]>();
    for (const each of members) groups.set(label(each), [...(groups.get(label(each)) ?? []), each]);
    const stages = [...groups].map(([name, group]): Stage => {
      const taughtIn = group.map(([own, each]) => {
        const entries = each.objective ?? DEFAULTS[each.teachers.length === 0 ? 'alone' : 'taught'];
        const teachers = each.teachers.map((teacher) => models.get(teacher)!);
        const place = task.place(models.get(own)!, teachers, each.start ?? own);
        return buildObjective(objectiveList.parse(entries), [FOLDERS.objectives], place);
      });
      const all = [...new Set(group.flatMap(([, each]) => each.teachers))];
      const learners = group.map(
        ([own, each], i): Learner => ({
          name: own,
          student: models.get(own)!,
          objective: taughtBy(
            taughtIn[i]!,
            each.teachers.map((teacher) => all.indexOf(teacher)),
          ),
          estimator: buildEstimator(each.estimator),
          optimizer: buildOptimizer(each.optimizer),
          learningRate: each.learningRate,
        }),
      );
      const [[first, options]] = group as [[string, Member]];
      const model = models.get(first)!;
      const source = task.source(model, task.split.train, options);
      return {
        name,
        title: `${group.map(([own]) => own).join(', ')}: ${taughtIn[0]!.name}${all.length === 0 ? '' : `, taught by ${all.join(', ')}`}`,
        learners,
        teachers: all.map((teacher) => networkTeacher(models.get(teacher)!)),
        source,
        steps: options.epochs * source.stepsPerEpoch!,
        randomness: options.order ?? options.start ?? name,
        ...task.evaluation(model, source.stepsPerEpoch!),
      };
    });
    return {
      stages,
      datasets: [task.record],
      models: Object.fromEntries(models),
      evaluate: async () => lineageResults({ config, task, models }),
    };
  },
});

const DEFAULTS = { alone: ['cross-entropy'], taught: ['kd'] } as const;

/** Throws KdlabError where a model names one that is not there, or that is trained later. */
function checkLineage(models: Readonly<Record<string, Member>>): void {
  const names = Object.keys(models);
  if (names.length === 0) throw new KdlabError('models is empty; name at least one');
  names.forEach((name, i) => {
    const { teachers, together } = models[name]!;
    for (const teacher of teachers) {
      if (!names.includes(teacher))
        throw new KdlabError(`models.${name}.teachers: ${unknownName('model', teacher, names)}`);
      const peer = together !== undefined && models[teacher]!.together === together;
      if (names.indexOf(teacher) >= i && !(peer && teacher !== name))
        throw new KdlabError(
          `models.${name} is taught by ${teacher}, which is not trained before it; put ${teacher} further up, or give both ` +
            'the same `together` to train them in one stage',
        );
    }
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
