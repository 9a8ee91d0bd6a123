import path from 'node:path';
import { z } from 'zod';
import { committee } from '../privacy/committee/model';
import { committeeCrossEntropy } from '../privacy/committee/objective';
import { committeeSource } from '../privacy/committee/source';
import { logitsOfMembers, votesOf } from '../privacy/committee/votes';
import { assertPublishable } from '../privacy/pate/account';
import type { AggregatorDefinition } from '../privacy/pate/aggregator';
import { neighbourVotes } from '../privacy/pate/neighbours';
import { cryptographicNoise, seededNoise } from '../privacy/pate/noise';
import { disjointParts } from '../privacy/pate/partition';
import { Questions } from '../privacy/pate/questions';
import { answersObjective, ownView, pseudoLabelObjective, pseudoLabelOptions } from '../privacy/pate/student-objective';
import { studentSource } from '../privacy/pate/student-source';
import { baseShape } from '../src/config/base';
import { buildObjective } from '../src/config/objectives';
import { buildOptimizer, FOLDERS, imageModel, modelSchema } from '../src/config/training';
import { KdlabError } from '../src/core/errors';
import { experiment } from '../src/core/experiment';
import { named, nameOf } from '../src/core/named';
import { describeAll, resolveNamed } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Stage } from '../src/core/trainer';
import type { Model } from '../src/core/types';
import { listDatasets, loadDataset } from '../src/data/registry';
import { minibatch } from '../src/sources/minibatch';
import { buildEstimator, sharedCatalogue, updateShape } from './parts/estimators';
import { pateResults } from './results/pate';

const AGGREGATORS = [path.resolve(__dirname, '../privacy/pate/aggregators')];
const { learningRate, optimizer } = updateShape;

export const schema = section({
  ...baseShape,
  research: z
    .boolean()
    .default(false)
    .describe('noise from the seed instead of the cryptographic source: repeatable, and no protection'),
  dataset: section({
    name: z.enum(listDatasets().map((each) => each.name) as [string, ...string[]]),
    train: z.number().int().positive().optional().describe('private examples; default all'),
    public: z.number().int().positive().describe('test examples given up as public ones; the others measure'),
  }),
  teachers: section({
    count: z.number().int().min(2).default(250),
    model: modelSchema,
    epochs: z.number().int().positive().default(30),
    batchSize: z.number().int().positive().default(24).describe('of each teacher'),
    learningRate,
    optimizer,
  }).optional(),
  neighbours: section({ k: z.number().int().positive().default(300) })
    .optional()
    .describe('Private-kNN in place of teachers: the k nearest of a sample of the private examples vote'),
  aggregator: named('aggregator', AGGREGATORS).default({
    'confident-gnmax': { threshold: 200, sigma1: 150, sigma2: 40 },
  }),
  queries: z.number().int().positive().describe('public examples put to the teachers'),
  answers: z.number().int().positive().optional().describe('answers after which no more queries are put'),
  delta: z.number().gt(0).lt(1).default(1e-5),
  publish: section({
    order: z.number().gt(1).default(20),
    beta: z.number().positive().default(0.02),
    sigma: z.number().positive().default(10).describe('of the noise, in units of the smooth sensitivity'),
  })
    .nullish()
    .describe('also the data-dependent ε made publishable by smooth sensitivity'),
  student: section({
    model: modelSchema,
    steps: z.number().int().positive(),
    batchSize: z.number().int().positive().default(32).describe('answered queries in a batch'),
    jitter: z.number().int().min(0).default(0).describe('pixels by which images are shifted at random'),
    pseudoLabels: pseudoLabelOptions.nullish().describe('learn from unanswered public examples too'),
    learningRate,
    optimizer,
  }),
  baseline: section({
    epochs: z.number().int().positive().default(5),
    batchSize: z.number().int().positive().default(128),
  })
    .optional()
    .describe('the student’s network trained on all private examples and labels: what privacy costs'),
});

/**
 * Private aggregation of teacher ensembles: teachers on disjoint parts of the private examples, their votes with noise as the
 * labels of some public examples, a student that sees nothing else.
 */
export default experiment({
  description: 'PATE: teachers on disjoint private data, noisy votes, a student on public data',
  schema,
  catalogue: () => ({
    ...sharedCatalogue(),
    aggregators: describeAll('aggregator', AGGREGATORS),
    datasets: listDatasets(),
  }),
  build: async (config, { rng, dataDir, download, notify }) => {
    const { teachers: teaching, neighbours } = config;
    const { name, options } = nameOf(config.aggregator);
    assertVoters(config);
    const dataset = await loadDataset(config.dataset.name, { ...(dataDir === undefined ? {} : { dataDir }), download });
    const { inputShape, classes, train, test } = dataset;
    const order = rng.split('public').permutation(test.count);
    const open = order.slice(0, config.dataset.public);
    const held = order.slice(config.dataset.public).sort();
    if (held.length < classes || config.queries > open.length)
      throw new KdlabError(
        `dataset.public is ${config.dataset.public} of ${test.count} test examples and ${config.queries} of them are queries; ` +
          'expected queries ≤ public, and at least as many examples left to measure on as classes',
      );
    const wanted = Math.min(config.dataset.train ?? train.count, train.count);
    const priv = rng.split('private').permutation(train.count).slice(0, wanted);
    const count = teaching?.count ?? 0;
    const parts = teaching === undefined ? [] : disjointParts(priv, count, classes, rng.split('parts'));
    if (config.delta >= 1 / priv.length)
      notify(
        `warning: delta ${config.delta} is not below 1/${priv.length}: a mechanism that publishes whole examples at random would satisfy it`,
      );

    const make = (id: string, part: typeof config.student.model, key: string, index = 0): Model =>
      imageModel(part, { id, inputShape, classes, rng: rng.split(key, index) });
    const members = parts.map((_, i) => make(`teacher ${i + 1}`, teaching!.model, 'teacher', i));
    const teachers = members.length === 0 ? undefined : committee('teachers', members);
    const student = make('student', config.student.model, 'student');
    const baseline = config.baseline === undefined ? undefined : make('baseline', config.student.model, 'student');

    if (name === 'interactive-gnmax')
      throw new KdlabError(
        'aggregator interactive-gnmax needs a student that is trained already; this experiment puts all queries before its ' +
          'student is trained. Use confident-gnmax.',
      );
    const aggregator = resolveNamed<AggregatorDefinition>('aggregator', AGGREGATORS, name).build(options);
    if (config.publish) assertPublishable(aggregator, config.publish);
    const questions = new Questions({
      aggregator,
      noise: config.research ? seededNoise(rng.split('noise')) : cryptographicNoise,
      ids: open.slice(0, config.queries),
      ...(config.answers === undefined ? {} : { mostAnswers: config.answers }),
      votes: () => {
        const asked = open.slice(0, config.queries);
        if (neighbours === undefined) return votesOf(logitsOfMembers(members, test, asked, inputShape), classes);
        const sampling = { k: neighbours.k, rate: options.rate as number };
        const key = config.research ? { rng: rng.split('samples') } : {};
        return neighbourVotes(test, asked, { examples: train, ids: priv, classes, ...sampling, ...key });
      },
    });

    const mean = buildEstimator({ mean: {} });
    const pseudoLabels = config.student.pseudoLabels ?? undefined;
    const stages: Stage[] = [];
    if (teaching !== undefined && teachers !== undefined) {
      const source = committeeSource({
        examples: train,
        inputShape,
        parts,
        batchSize: teaching.batchSize,
        flatten: members[0]!.inputShape.length === 1,
      });
      stages.push({
        name: 'teachers',
        title: `${count} teachers on ${parts[0]!.length} private examples each`,
        learners: [
          {
            name: 'teachers',
            student: teachers,
            objective: committeeCrossEntropy(count),
            // The plain mean: a limit on the norm of the whole gradient would let one teacher's data act on another's.
            estimator: mean,
            optimizer: buildOptimizer(teaching.optimizer),
            learningRate: teaching.learningRate,
          },
        ],
        teachers: [],
        source,
        steps: teaching.epochs * source.stepsPerEpoch!,
      });
    }
    stages.push({
      name: 'student',
      title: `student, from ${name}`,
      learners: [
        {
          name: 'student',
          student,
          objective: pseudoLabels === undefined ? answersObjective() : pseudoLabelObjective(pseudoLabels),
          estimator: mean,
          optimizer: buildOptimizer(config.student.optimizer),
          learningRate: config.student.learningRate,
        },
      ],
      teachers: pseudoLabels === undefined ? [] : [ownView(student)],
      source: studentSource({
        examples: test,
        inputShape,
        ids: open,
        questions,
        batchSize: config.student.batchSize,
        unlabelled: pseudoLabels?.perBatch ?? 0,
        jitter: config.student.jitter,
        flatten: student.inputShape.length === 1,
      }),
      steps: config.student.steps,
    });
    if (baseline !== undefined && config.baseline !== undefined) {
      const source = minibatch({
        examples: train,
        inputShape,
        indices: priv,
        batchSize: config.baseline.batchSize,
        jitter: config.student.jitter,
        flatten: student.inputShape.length === 1,
      });
      stages.push({
        name: 'baseline',
        title: 'the same network on all private examples and labels, not private',
        learners: [
          {
            name: 'baseline',
            student: baseline,
            objective: buildObjective([{ 'cross-entropy': {}, weight: 1 }], [FOLDERS.objectives]),
            estimator: mean,
            optimizer: buildOptimizer(config.student.optimizer),
            learningRate: config.student.learningRate,
          },
        ],
        teachers: [],
        source,
        steps: config.baseline.epochs * source.stepsPerEpoch!,
        randomness: 'student',
      });
    }
    return {
      stages,
      datasets: [{ name: dataset.name, digest: dataset.digest, source: dataset.source }],
      // The teachers' weights are private and stay out of the artifacts.
      models: { student, ...(baseline === undefined ? {} : { baseline }) },
      evaluate: async () =>
        pateResults({
          config,
          dataset,
          held,
          members: priv,
          ensemble: members,
          ...(teachers === undefined ? {} : { teachers }),
          student,
          ...(baseline === undefined ? {} : { baseline }),
          aggregator,
          questions,
          rng: rng.split('publish'),
        }),
    };
  },
});

/** Throws KdlabError unless there are teachers or neighbours, and an aggregator that counts on what there is. */
function assertVoters({ teachers, neighbours, aggregator }: z.output<typeof schema>): void {
  if ((teachers === undefined) === (neighbours === undefined))
    throw new KdlabError('who votes? Give either teachers or neighbours (Private-kNN).');
  const sampled = nameOf(aggregator).name === 'sampled-gnmax';
  if (sampled !== (neighbours !== undefined))
    throw new KdlabError(
      sampled
        ? 'aggregator sampled-gnmax counts on votes from a fresh sample of the private examples; teachers are trained on all of them. Use gnmax or confident-gnmax.'
        : 'neighbours vote from a fresh sample of the private examples: use aggregator {sampled-gnmax: {sigma, rate}}.',
    );
}
