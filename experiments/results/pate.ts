import type { z } from 'zod';
import { logitsOfMembers, votesOf } from '../../privacy/committee/votes';
import { pateLoss, sanitisedLoss } from '../../privacy/pate/account';
import type { Aggregator } from '../../privacy/pate/aggregator';
import { argMax } from '../../privacy/pate/gnmax';
import { cryptographicNoise, seededNoise } from '../../privacy/pate/noise';
import type { Questions } from '../../privacy/pate/questions';
import { describePart } from '../../src/core/named';
import type { Interval, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { ImageDataset } from '../../src/data/dataset';
import { decide, predict } from '../../src/evaluate/classification';
import type { Rng } from '../../src/math/rng';
import { mean, wilson } from '../../src/math/statistics';
import { measureLatency } from '../../src/run/latency';
import type { schema } from '../pate';

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly dataset: ImageDataset;
  /** Test examples that nobody was trained on. */
  readonly held: Int32Array;
  readonly members: readonly Model[];
  readonly teachers: Model;
  readonly student: Model;
  readonly baseline?: Model;
  readonly aggregator: Aggregator;
  readonly questions: Questions;
  readonly rng: Rng;
}

/** A quantity without chance in it. */
export function exactly(value: number): Interval {
  return { mean: value, low: value, high: value, n: 1, method: 'bootstrap' };
}

const percent = (value: number) => `${(100 * value).toFixed(1)} %`;

/** Accuracies on held-out examples and what ε the student's labels cost, by the votes and whatever the votes. */
export function pateResults(trained: Trained): Results {
  const { config, dataset, held, members, teachers, student, baseline, aggregator, questions } = trained;
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

  const logits = logitsOfMembers(members, test, held, inputShape);
  const votes = votesOf(logits, classes);
  const plurality = votes.reduce((sum, counts, i) => sum + Number(argMax(counts) === test.labels[held[i]!]), 0);
  const each = votes.map((counts, i) => counts[test.labels[held[i]!]!]! / members.length);

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
  const models = [
    entry(
      'teacher',
      `${members.length} teachers`,
      `${describePart(config.teachers.model)} each; ${config.teachers.epochs} epochs on disjoint parts; private`,
      teachers,
      {
        accuracy: wilson(Math.round(mean(each) * held.length), held.length),
        'pate/voteAccuracy': wilson(plurality, held.length),
      },
    ),
    entry('student', 'student, private', `${describePart(config.student.model)}; ${training(trained)}`, student, {
      accuracy,
      'privacy/epsilon': exactly(loss.dataDependent.epsilon),
      'privacy/epsilonClassic': exactly(classic.dataDependent.epsilon),
      'privacy/epsilonDataIndependent': exactly(loss.dataIndependent.epsilon),
      ...(published === undefined ? {} : { 'privacy/epsilonPublishable': exactly(published.epsilon) }),
      'privacy/delta': exactly(config.delta),
      'pate/queries': exactly(loss.queries),
      'pate/answered': exactly(loss.answered),
      'pate/labelAccuracy': wilson(right, answers.ids.length),
    }),
    ...(baseline === undefined
      ? []
      : [
          entry(
            'baseline',
            'the same network, not private',
            `${describePart(config.student.model)}; all private examples and labels`,
            baseline,
            { accuracy: accuracyOf(baseline) },
          ),
        ]),
  ];
  return {
    headline:
      `PATE on ${dataset.name}: a student of accuracy ${percent(accuracy.mean)} from ${loss.answered} answers of ` +
      `${members.length} teachers, ε = ${loss.dataDependent.epsilon.toFixed(2)} by the votes, ` +
      `${loss.dataIndependent.epsilon.toFixed(2)} whatever the votes, δ = ${config.delta}` +
      `${config.research ? ' (seeded noise: research only)' : ''}.`,
    primaryMetric: 'accuracy',
    higherIsBetter: true,
    models,
    claims: [],
    notes: [
      'ε covers one private example, added to or taken from one teacher’s part. It holds for the student and the answers; the teachers, their accuracies, their curves and the accuracy of the answers are computed from private data and are not covered.',
      'privacy/epsilon follows from the votes and is itself private: publish privacy/epsilonDataIndependent' +
        (published === undefined
          ? ', or set `publish` for a noisy one.'
          : `, or privacy/epsilonPublishable, which has noise of standard deviation ${published.deviation.toPrecision(2)} and includes a charge of ${published.charge.toFixed(2)} for it.`),
      `Conversion of Rényi divergences: ${loss.conversion} (privacy/epsilonClassic: the one that the PATE papers used). The choice of settings is not charged.`,
      config.research
        ? 'research: true. The noise comes from the seed: who knows the seed can undo it. Not a release.'
        : 'The noise came from the cryptographic source.',
      `Accuracies are over ${held.length.toLocaleString('en-US')} test examples that were not public; intervals do not cover the choice of seed.`,
    ],
  };
}

function training({ config, questions }: Trained): string {
  const { pseudoLabels, steps } = config.student;
  const answers = questions.answers().ids.length;
  return `${answers} answers${!pseudoLabels ? '' : `, pseudo-labels on ${config.dataset.public} public examples`}; ${steps} steps`;
}
