import { z } from 'zod';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { FOLDERS, modelSchema } from '../src/config/training';
import { KdlabError } from '../src/core/errors';
import { experiment } from '../src/core/experiment';
import { section, unknownName } from '../src/core/section';
import type { Stage } from '../src/core/trainer';
import type { Model } from '../src/core/types';
import { listDatasets } from '../src/data/registry';
import { taughtBy } from '../src/objectives/parts/taught-by';
import { movingAverage } from '../src/teachers/moving-average';
import { networkTeacher } from '../src/teachers/network';
import { viewTeacher } from '../src/teachers/view';
import { learnerOf, sharedCatalogue } from './parts/estimators';
import { ImageTask, imageDataset, imageTraining, views } from './parts/image-task';
import { lineageResults } from './results/lineage';

const objectiveList = objectives([FOLDERS.objectives]);

const member = section({
  model: modelSchema,
  teachers: z
    .array(z.string())
    .default([])
    .describe(
      'models further up or trained together with this one; with views also `self`, and `ema`, its moving average',
    ),
  objective: objectiveList.optional().describe('default: kd where it has teachers, cross-entropy where it has none'),
  start: z
    .string()
    .optional()
    .describe('models of one start and architecture begin with the same weights; default: its name'),
  order: z.string().optional().describe('models of one order see the same batches; default: its start'),
  together: z.string().optional().describe('models of one label are trained in one stage and may teach each other'),
  views: views
    .optional()
    .describe('train on unlabelled images too, the student on a strong view, its teachers on a weak one'),
  decay: z.number().min(0).lt(1).default(0.99).describe('of the moving average that the teacher `ema` is'),
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
  labelled: z.number().int().positive().optional().describe('training images whose labels are known; default: all'),
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
    checkLineage(config);
    const task = await ImageTask.load(config.dataset, context);
    const models = new Map(members.map(([name, each]) => [name, task.model(name, each.model, each.start ?? name)]));
    const averages = new Map(
      members.flatMap(([name, each]) =>
        each.teachers.includes('ema') ? [[name, task.model(`${name}-average`, each.model, each.start ?? name)]] : [],
      ),
    );
    /** A model by the name that one of its students gives it. */
    const named = (student: string, teacher: string): Model =>
      (teacher === 'self' ? models.get(student) : teacher === 'ema' ? averages.get(student) : models.get(teacher))!;
    const label = ([name, each]: [string, Member]) => each.together ?? name;
    const groups = new Map<string, [string, Member][]>();
    for (const each of members) groups.set(label(each), [...(groups.get(label(each)) ?? []), each]);
    const stages = [...groups].map(([name, group]): Stage => {
      const taughtIn = group.map(([own, each]) => {
        const entries = each.objective ?? DEFAULTS[each.teachers.length === 0 ? 'alone' : 'taught'];
        const teachers = each.teachers.map((teacher) => named(own, teacher));
        const place = task.place(models.get(own)!, teachers, each.start ?? own);
        return buildObjective(objectiveList.parse(entries), [FOLDERS.objectives], place);
      });
      const all = [...new Set(group.flatMap(([, each]) => each.teachers))];
      const learners = group.map(([own, each], i) => {
        const objective = taughtBy(
          taughtIn[i]!,
          each.teachers.map((teacher) => all.indexOf(teacher)),
        );
        return learnerOf(own, models.get(own)!, objective, each);
      });
      const [[first, options]] = group as [[string, Member]];
      const model = models.get(first)!;
      const seen = config.labelled === undefined ? task.split.train : task.hide(config.labelled).labelled;
      const source =
        options.views === undefined
          ? task.source(model, seen, options)
          : task.partly(model, config.labelled!, options.views, options);
      const average = averages.get(first);
      return {
        name,
        title: `${group.map(([own]) => own).join(', ')}: ${taughtIn[0]!.name}${all.length === 0 ? '' : `, taught by ${all.join(', ')}`}`,
        learners: [
          ...learners,
          ...(average === undefined ? [] : [movingAverage(`${first}-average`, model, average, options.decay)]),
        ],
        teachers: all.map((teacher) => {
          const network = networkTeacher(named(first, teacher));
          return options.views === undefined ? network : viewTeacher(network, 'weak');
        }),
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
      // Of a mean teacher the average is what one uses.
      evaluate: async () => lineageResults({ config, task, models: new Map([...models, ...averages]) }),
    };
  },
});

const DEFAULTS = { alone: ['cross-entropy'], taught: ['kd'] } as const;

/** Throws KdlabError where a model names one that is not there, or that is trained later. */
function checkLineage({ models, labelled }: z.output<typeof shape>): void {
  const names = Object.keys(models);
  if (names.length === 0) throw new KdlabError('models is empty; name at least one');
  names.forEach((name, i) => {
    const { teachers, together, views: seen } = models[name]!;
    if (seen !== undefined && (labelled === undefined || together !== undefined))
      throw new KdlabError(
        `models.${name}.views: ${together === undefined ? 'set labelled, the number of images whose labels are known' : 'not for models trained together'}`,
      );
    for (const teacher of teachers) {
      if (seen !== undefined && ['self', 'ema'].includes(teacher)) continue;
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
