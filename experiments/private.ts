import path from 'node:path';
import { z } from 'zod';
import { dpSgd } from '../privacy/estimators/dp-sgd';
import type { Ledger } from '../privacy/ledger';
import { poisson } from '../privacy/sources/poisson';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { buildOptimizer, FOLDERS, imageModel } from '../src/config/training';
import { KdlabError } from '../src/core/errors';
import { experiment } from '../src/core/experiment';
import { type Named, named } from '../src/core/named';
import { describeAll } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Stage } from '../src/core/trainer';
import type { GradientEstimator, Model, Source } from '../src/core/types';
import { disposeBatch, imageBatch } from '../src/data/batch';
import { listDatasets, loadDataset } from '../src/data/registry';
import { splitHash } from '../src/data/split';
import { meanEstimator } from '../src/estimators/mean';
import { minibatch } from '../src/sources/minibatch';
import { networkTeacher } from '../src/teachers/network';
import { sharedCatalogue, updateShape } from './parts/estimators';
import { budgetOf, ledgerOf, privacySchema, warningOfDelta } from './parts/privacy-budget';
import { divide, FEATURES, featured, type Parts } from './parts/private-data';
import { privateResults } from './results/private';

const MODELS = [path.resolve(__dirname, '../privacy/models'), FOLDERS.models];
const { learningRate, optimizer } = updateShape;

const trainingShape = {
  model: named('model', MODELS),
  epochs: z.number().positive().default(10).describe('passes over the data, on average where lots are sampled'),
  lot: z.number().int().positive().default(256).describe('examples in a batch; where they are sampled, expected'),
  learningRate,
  optimizer,
};

export const schema = section({
  ...baseShape,
  research: z
    .boolean()
    .default(false)
    .describe('noise and lots from the seed instead of the cryptographic source: repeatable, and no protection'),
  method: z
    .enum(['dp-sgd', 'dp-teacher', 'dp-both', 'none'])
    .describe(
      'dp-sgd: private student. dp-teacher: private teacher, student from it on public data. dp-both: both private, two ' +
        'charges. none: no privacy',
    ),
  dataset: section({
    name: z.enum(listDatasets().map((each) => each.name) as [string, ...string[]]),
    train: z.number().int().positive().optional().describe('private examples; default all that are not public'),
    public: z.number().int().min(0).default(0).describe('training examples given up as public ones'),
  }),
  features: named('features', FEATURES).optional().describe('numbers computed from the images before training'),
  privacy: privacySchema.prefault({}),
  teacher: section({
    ...trainingShape,
    data: z.enum(['public', 'private']).default('public').describe('what it learns from, unless it is private itself'),
  }).optional(),
  student: section({
    ...trainingShape,
    objective: objectives([FOLDERS.objectives]).default([{ 'cross-entropy': {}, weight: 1 }]),
  }),
  baseline: z.boolean().default(true).describe('the same student on the private data without privacy'),
});

export type PrivateConfig = z.output<typeof schema>;

/** How one model of the run is trained, and at whose cost. */
export interface Trainee {
  readonly model: Model;
  readonly private: boolean;
  readonly data: 'public' | 'private';
  readonly ledger?: Ledger;
}

/**
 * Distillation under differential privacy: a student trained by DP-SGD, with a teacher or without; a teacher trained so and
 * a student that learns from it on public data; or both on the same private data, at two charges.
 */
export default experiment({
  description:
    'private distillation: DP-SGD student, DP-SGD teacher and student by post-processing, both, or no privacy',
  schema,
  catalogue: () => ({
    ...sharedCatalogue(),
    models: describeAll('model', MODELS),
    features: describeAll('features', FEATURES),
    datasets: listDatasets(),
  }),
  build: async (config, { rng, dataDir, download, notify, runFolder }) => {
    const { method, privacy, research, features, teacher: taught } = config;
    const loaded = await loadDataset(config.dataset.name, { ...(dataDir === undefined ? {} : { dataDir }), download });
    const split = divide(config.dataset, loaded.train.count, rng.split('split').permutation(loaded.train.count));
    refuse(config, split);
    const { dataset, parts, charges } = featured({ features, research }, loaded, split, {
      rng: rng.split('features'),
      runFolder,
      notify,
    });
    const { inputShape, classes, train: examples } = dataset;
    const population = parts.private.length;
    const teacherIsPrivate = method === 'dp-teacher' || method === 'dp-both';
    const studentIsPrivate = method === 'dp-sgd' || method === 'dp-both';

    const stepsOf = ({ epochs, lot }: { epochs: number; lot: number }, count: number) =>
      Math.max(1, Math.round((epochs * count) / lot));
    const steps =
      (teacherIsPrivate ? stepsOf(taught!, population) : 0) +
      (studentIsPrivate ? stepsOf(config.student, population) : 0);
    const lot = studentIsPrivate ? config.student.lot : (taught?.lot ?? 0);
    const budget = steps === 0 ? undefined : budgetOf(privacy, { sampleRate: lot / population, steps, charges });
    const warning = budget && warningOfDelta(privacy.delta, population);
    if (warning !== undefined) notify(warning);

    const make = (id: string, part: Named, key: string): Model =>
      imageModel(part, { id, inputShape, classes, rng: rng.split(key) }, MODELS);
    const digest = `${dataset.digest}/${splitHash({ train: parts.private, validation: parts.public })}`;

    const stages: Stage[] = [];
    const trainees: Record<string, Trainee> = {};
    const add = (
      name: 'teacher' | 'student' | 'baseline',
      title: string,
      of: PrivateConfig['student'],
      how: { model: Model; data: 'public' | 'private'; private: boolean; teachers: Stage['teachers'] },
    ) => {
      const flatten = how.model.inputShape.length === 1;
      const indices = parts[how.data];
      const count = stepsOf(of, indices.length);
      let estimator: GradientEstimator = meanEstimator();
      let source: Source;
      let ledger: Ledger | undefined;
      if (how.private) {
        const { noiseMultiplier, sampleRate } = budget!.mechanism;
        const { unit, clipNorm, clipping, physicalBatch, noiseDraws } = privacy;
        const noise = research ? 'seeded' : 'secret';
        ledger = ledgerOf(
          runFolder,
          name,
          { data: digest, population, unit, noiseMultiplier, sampleRate, noise },
          count,
        );
        estimator = dpSgd({
          noiseMultiplier,
          clipNorm,
          clipping,
          research,
          noiseDraws,
          ...(physicalBatch === undefined ? {} : { physicalBatch }),
        });
        source = poisson({
          indices,
          rate: sampleRate,
          inputShape: how.model.inputShape,
          batchOf: (ids) => imageBatch(examples, ids, { inputShape, flatten }),
          digest,
          secret: !research,
          unit,
          ...(ledger === undefined ? {} : { charge: ledger }),
        });
      } else
        source = minibatch({ examples, inputShape, indices, batchSize: Math.min(of.lot, indices.length), flatten });
      trainees[name] = { model: how.model, private: how.private, data: how.data, ...(ledger && { ledger }) };
      const batch = imageBatch(examples, indices.slice(0, 2), { inputShape, flatten });
      const objective = buildObjective(of.objective, [FOLDERS.objectives], {
        student: how.model,
        teachers: how.teachers,
        batch,
        rng: rng.split(`${name} objective`),
      });
      disposeBatch(batch);
      stages.push({
        name,
        title,
        learners: [
          {
            name,
            student: how.model,
            objective,
            estimator,
            optimizer: buildOptimizer(of.optimizer),
            learningRate: of.learningRate,
          },
        ],
        teachers: how.teachers,
        source,
        steps: count,
        // The student and the same one without privacy begin with the same weights.
        randomness: name === 'teacher' ? 'teacher' : 'student',
      });
    };

    const labels: PrivateConfig['student']['objective'] = [{ 'cross-entropy': {}, weight: 1 }];
    let guides: Stage['teachers'] = [];
    if (taught !== undefined) {
      const model = make('teacher', taught.model, 'teacher');
      const data = teacherIsPrivate ? 'private' : taught.data;
      const title = teacherIsPrivate ? 'teacher, by DP-SGD on private data' : `teacher, on ${data} data`;
      add('teacher', title, { ...taught, objective: labels }, { model, data, private: teacherIsPrivate, teachers: [] });
      guides = [networkTeacher(model)];
    }
    const student = make('student', config.student.model, 'student');
    const data = method === 'dp-teacher' ? 'public' : 'private';
    const title = studentIsPrivate ? 'student, by DP-SGD on private data' : `student, on ${data} data`;
    add('student', title, config.student, { model: student, data, private: studentIsPrivate, teachers: guides });
    if (config.baseline)
      add(
        'baseline',
        'the same student without privacy',
        { ...config.student, objective: labels },
        {
          model: make('baseline', config.student.model, 'student'),
          data: 'private',
          private: false,
          teachers: [],
        },
      );
    return {
      stages,
      datasets: [
        {
          name: loaded.name,
          digest: loaded.digest,
          source: loaded.source,
          splitHash: splitHash({ train: split.private, validation: split.public }),
        },
      ],
      models: Object.fromEntries(Object.entries(trainees).map(([role, { model }]) => [role, model])),
      evaluate: async () => privateResults({ config, dataset, parts, trainees, ...(budget && { budget }) }),
    };
  },
});

/** Throws KdlabError where the method lacks a part, or leaves a leak that ε would not cover. */
function refuse({ method, teacher, student, privacy }: PrivateConfig, parts: Parts): void {
  const needsTeacher = method === 'dp-teacher' || method === 'dp-both';
  if (needsTeacher && teacher === undefined)
    throw new KdlabError(`method ${method} trains a private teacher: describe it under "teacher"`);
  if (method === 'dp-sgd' && teacher?.data === 'private')
    throw new KdlabError(
      'method dp-sgd: a teacher trained on the private data without privacy tells the student about them outside of ε; set ' +
        'teacher.data: public, or method: dp-both',
    );
  const usesPublic = method === 'dp-teacher' || (teacher !== undefined && !needsTeacher && teacher.data === 'public');
  if (usesPublic && parts.public.length === 0)
    throw new KdlabError(`method ${method} uses public examples here, and there are none: set dataset.public`);
  const lots = [
    ...(needsTeacher ? [teacher!.lot] : []),
    ...(method === 'dp-sgd' || method === 'dp-both' ? [student.lot] : []),
  ];
  if (lots.some((lot) => lot > parts.private.length))
    throw new KdlabError(`a lot of ${Math.max(...lots)} is more than the ${parts.private.length} private examples`);
  if (new Set(lots).size > 1)
    throw new KdlabError(
      `method dp-both shares one noise between both trainings: give them the same lot, found ${lots}`,
    );
  if (method === 'none' && (privacy.epsilon !== undefined || privacy.noiseMultiplier !== undefined))
    throw new KdlabError('method none keeps to no ε: leave privacy.epsilon and privacy.noiseMultiplier out');
}
