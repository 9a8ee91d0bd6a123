import type { z } from 'zod';
import { logitsOfMembers, votesOf } from '../../privacy/committee/votes';
import { pateLoss, sanitisedLoss } from '../../privacy/pate/account';
import type { Aggregator } from '../../privacy/pate/aggregator';
import { cryptographicNoise, seededNoise } from '../../privacy/pate/noise';
import type { Questions } from '../../privacy/pate/questions';
import { describePart } from '../../src/core/named';
import { exactly, type Interval, type ModelResult, type Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { ImageDataset } from '../../src/data/dataset';
import { decide, predict } from '../../src/evaluate/classification';
import { argMax } from '../../src/math/arg-max';
import type { Rng } from '../../src/math/rng';
import { mean, wilson } from '../../src/math/statistics';
import { measureLatency } from '../../src/run/latency';
import type { schema } from '../pate';
import { thresholdAttacks } from './attacks';

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly dataset: ImageDataset;
  /** Test examples that nobody was trained on. */
  readonly held: Int32Array;
  /** The private examples. */
  readonly members: Int32Array;
  readonly ensemble: readonly Model[];
  /** The ensemble as one model; absent where neighbours vote. */
  readonly teachers?: Model;
  readonly student: Model;
  readonly baseline?: Model;
  readonly aggregator: Aggregator;
  readonly questions: Questions;
  readonly rng: Rng;
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

/** Accuracies on held-out examples and what ε the student's labels cost, by the votes and whatever the votes. */
export function pateResults(trained: Trained): Results {
  const { config, dataset, held, members, ensemble, teachers, student, baseline, aggregator, questions } = trained;
  const { inputShape, classes, test } = dataset;
  const charged = questions.charged();
  const answers = questions.answers();
  const loss = pateLoss(aggregator, charged, config.delta);
  const classic = pateLoss(aggregator, charged, config.delta, { conversion: 'classic' });
  const noise = config.research ? seededNoise(trained.rng) : cryptographicNoise;
  const published = !config.publish
    ? undefined
    : sanitisedLoss(aggregator, charged, config.delta, config.publish, noise.normal(1)[0]!);
  const right = answers.ids.reduce((sum, id, i) => sum + Number(test.labels[id] === answers.labels[i]), 0);

  const votes = ensemble.length === 0 ? [] : votesOf(logitsOfMembers(ensemble, test, held, inputShape), classes);
  const plurality = votes.reduce((sum, counts, i) => sum + Number(argMax(counts) === test.labels[held[i]!]), 0);
  const each = votes.map((counts, i) => counts[test.labels[held[i]!]!]! / ensemble.length);

  const accuracyOf = (model: Model): Interval => {
    const predictions = predict(model, test, { inputShape, indices: held });
    const decided = decide(predictions);
    return wilson(
      decided.reduce((sum, decision, i) => sum + Number(decision === predictions.labels[i]), 0),
      held.length,
    );
  };
  const entry = (
    role: ModelResult['role'],
    name: string,
    description: string,
    model: Model,
    metrics: Readonly<Record<string, Interval>>,
  ): ModelResult => ({
    role,
    name,
    description,
    ...model.cost,
    latency: measureLatency(model, { warmup: 5, repeats: 50 }),
    metrics,
  });
  const accuracy = accuracyOf(student);
  const voters =
    config.neighbours === undefined ? `${ensemble.length} teachers` : `the ${config.neighbours.k} nearest of a sample`;
  const models = [
    ...(teachers === undefined || config.teachers === undefined
      ? []
      : [
          entry(
            'teacher',
            voters,
            `${describePart(config.teachers.model)} each; ${config.teachers.epochs} epochs on disjoint parts; private`,
            teachers,
            {
              accuracy: wilson(Math.round(mean(each) * held.length), held.length),
              'pate/voteAccuracy': wilson(plurality, held.length),
            },
          ),
        ]),
    entry('student', 'student, private', `${describePart(config.student.model)}; ${training(trained)}`, student, {
      accuracy,
      'privacy/epsilon': exactly(loss.dataDependent.epsilon),
      'privacy/epsilonClassic': exactly(classic.dataDependent.epsilon),
      'privacy/epsilonDataIndependent': exactly(loss.dataIndependent.epsilon),
      ...(published === undefined ? {} : { 'privacy/epsilonPublishable': exactly(published.upper) }),
      'privacy/delta': exactly(config.delta),
      'pate/queries': exactly(loss.queries),
      'pate/answered': exactly(loss.answered),
      'pate/labelAccuracy': wilson(right, answers.ids.length),
      ...thresholdAttacks(student, dataset, members),
    }),
    ...(baseline === undefined
      ? []
      : [
          entry(
            'baseline',
            'the same network, not private',
            `${describePart(config.student.model)}; all private examples and labels`,
            baseline,
            { accuracy: accuracyOf(baseline), ...thresholdAttacks(baseline, dataset, members) },
          ),
        ]),
  ];
  return {
    headline:
      `PATE on ${dataset.name}: a student of accuracy ${percent(accuracy.mean)} from ${loss.answered} answers of ` +
      `${voters}, ε = ${loss.dataDependent.epsilon.toFixed(2)} by the votes, ` +
      `${loss.dataIndependent.epsilon.toFixed(2)} whatever the votes, δ = ${config.delta}` +
      `${config.research ? ' (seeded noise: research only)' : ''}.`,
    primaryMetric: 'accuracy',
    higherIsBetter: true,
    models,
    claims: [],
    notes: [
      'ε covers one private example, added or removed. It holds for the student and the answers; the teachers, their accuracies, their curves and the accuracy of the answers are computed from private data and are not covered.',
      'privacy/epsilon follows from the votes and is itself private: publish privacy/epsilonDataIndependent' +
        (published === undefined
          ? ', or set `publish` for a noisy one.'
          : `, or privacy/epsilonPublishable, which is at least the true one with a probability of 95 %: noise of standard deviation ${published.deviation.toPrecision(2)}, 1.645 times that on top, and a charge of ${published.charge.toFixed(2)} for publishing it.`),
      `Conversion of Rényi divergences: ${loss.conversion} (privacy/epsilonClassic: the one that the PATE papers used). The choice of settings is not charged.`,
      config.research
        ? 'research: true. The noise comes from the seed: who knows the seed can undo it. Not a release.'
        : 'The noise came from the cryptographic source.',
      'attack/… are attacks by thresholds that tell private examples from test examples; the student never saw a private one.',
      `Accuracies are over ${held.length.toLocaleString('en-US')} test examples that were not public; intervals do not cover the choice of seed.`,
    ],
  };
}

function training({ config, questions }: Trained): string {
  const { pseudoLabels, steps } = config.student;
  const answers = questions.answers().ids.length;
  return `${answers} answers${!pseudoLabels ? '' : `, pseudo-labels on ${config.dataset.public} public examples`}; ${steps} steps`;
}
