import { epsilonOf, type Release } from '../../privacy/accounting/accountant';
import { describePart } from '../../src/core/named';
import type { Interval, ModelResult, Results } from '../../src/core/results';
import type { ImageDataset } from '../../src/data/dataset';
import { decide, fidelity, type Predictions, predict } from '../../src/evaluate/classification';
import { wilson } from '../../src/math/statistics';
import { measureLatency } from '../../src/run/latency';
import { accountantOf, type Budget } from '../parts/privacy-budget';
import type { PrivateConfig, Trainee } from '../private';
import { thresholdAttacks } from './attacks';

interface Trained {
  readonly config: PrivateConfig;
  readonly dataset: ImageDataset;
  readonly parts: { readonly public: Int32Array; readonly private: Int32Array };
  readonly trainees: Readonly<Record<string, Trainee>>;
  readonly budget?: Budget;
}

/** A quantity without chance in it. */
function exactly(value: number): Interval {
  return { mean: value, low: value, high: value, n: 1, method: 'bootstrap' };
}

function accuracyOf(predictions: Predictions): Interval {
  const right = decide(predictions).reduce((sum, decision, i) => sum + Number(decision === predictions.labels[i]), 0);
  return wilson(right, predictions.labels.length);
}

/** Test accuracies, what ε the student cost by the ledger's count of steps, and what that ε covers. */
export function privateResults(trained: Trained): Results {
  const { config, dataset, parts, trainees, budget } = trained;
  const { inputShape, test } = dataset;
  const predictions = Object.fromEntries(
    Object.entries(trainees).map(([role, { model }]) => [role, predict(model, test, { inputShape })]),
  );
  const loss =
    budget &&
    epsilonOf(
      spentOf(trained, ({ spent }) => spent),
      config.privacy.delta,
      how(config),
    );
  const inAll =
    budget &&
    epsilonOf(
      spentOf(trained, ({ spentInAll }) => spentInAll),
      config.privacy.delta,
      how(config),
    );
  const models = (['teacher', 'student', 'baseline'] as const).flatMap((role): ModelResult[] => {
    const trainee = trainees[role];
    if (trainee === undefined) return [];
    const { model: part, epochs } = role === 'teacher' ? config.teacher! : config.student;
    // The student carries the cost of everything that it learnt from.
    const bears = loss !== undefined && role !== 'baseline' && (trainee.private || role === 'student');
    return [
      {
        role,
        name: nameOf(role, trainee),
        description: `${describePart(part)}; ${epochs} epochs on ${trainee.data} data${trainee.private ? ', DP-SGD' : ''}`,
        ...trainee.model.cost,
        latency: measureLatency(trainee.model, { warmup: 5, repeats: 50 }),
        metrics: {
          accuracy: accuracyOf(predictions[role]!),
          'attack/advantage': thresholdAttacks(trainee.model, dataset, parts.private)['attack/advantage']!,
          ...(bears && loss.epsilon !== null
            ? {
                'privacy/epsilon': exactly(loss.epsilon),
                'privacy/delta': exactly(config.privacy.delta),
                'privacy/noiseMultiplier': exactly(budget!.mechanism.noiseMultiplier),
              }
            : {}),
        },
        ...(role !== 'teacher' && predictions.teacher !== undefined
          ? { fidelity: fidelity(predictions.teacher, predictions[role]!) }
          : {}),
        budget: { epochs },
      },
    ];
  });
  const student = models.find(({ role }) => role === 'student')!;
  const percent = (value: Interval) => `${(100 * value.mean).toFixed(1)} %`;
  const price =
    loss === undefined
      ? 'without privacy'
      : `at ε = ${loss.epsilon?.toFixed(2)}, δ = ${config.privacy.delta}${config.research ? ' (seeded noise: research only)' : ''}`;
  const baseline = models.find(({ role }) => role === 'baseline');
  return {
    headline:
      `${config.method} on ${dataset.name}: a student of accuracy ${percent(student.metrics.accuracy!)} ${price}` +
      `${baseline === undefined ? '' : `; the same student without privacy ${percent(baseline.metrics.accuracy!)}`}.`,
    primaryMetric: 'accuracy',
    higherIsBetter: true,
    models,
    claims:
      loss === undefined || config.privacy.epsilon === undefined
        ? []
        : [
            {
              claim: `ε of the student is at most ${config.privacy.epsilon}`,
              found: `ε = ${loss.epsilon?.toPrecision(5)}`,
              met: loss.epsilon !== null && loss.epsilon <= config.privacy.epsilon * (1 + 1e-6),
            },
          ],
    notes: [
      ...(loss === undefined
        ? ['No privacy: nothing bounds what these models tell of their training data.']
        : statement(trained, loss)),
      ...(inAll !== undefined && inAll.epsilon !== loss?.epsilon
        ? [
            `This run’s folder counts more than one training on these data: all of them together have spent ε = ${inAll.epsilon?.toPrecision(5)}.`,
          ]
        : []),
      'attack/advantage: the strongest attack by thresholds at telling private from test examples (no shadow networks); guessing shows about 1/√n.',
      `Accuracies are over ${test.count.toLocaleString('en-US')} test examples that no model was trained on; ε does not cover the test examples. Intervals do not cover the choice of seed.`,
    ],
  };
}

function how(config: PrivateConfig) {
  return { accountant: accountantOf(config.privacy) };
}

/** What was charged, repeated steps among it. Without a ledger a training is taken to have made its steps once. */
function spentOf({ trainees, budget }: Trained, count: (ledger: NonNullable<Trainee['ledger']>) => number): Release[] {
  const paying = Object.values(trainees).filter((trainee) => trainee.private);
  if (paying.some(({ ledger }) => ledger === undefined)) return [...budget!.charges, budget!.mechanism];
  return [...budget!.charges, ...paying.map(({ ledger }) => ({ ...budget!.mechanism, steps: count(ledger!) }))];
}

function nameOf(role: ModelResult['role'], { private: isPrivate }: Trainee): string {
  if (role === 'baseline') return 'the same student, not private';
  return isPrivate ? `${role}, private` : role;
}

/** What ε covers, in words: unit, data, teacher, tuning, noise. */
function statement({ config, parts, trainees, budget }: Trained, loss: Budget['loss']): string[] {
  const { unit, clipNorm, delta } = config.privacy;
  const { noiseMultiplier, sampleRate } = budget!.mechanism;
  const teacher = trainees.teacher;
  const ofTeacher =
    teacher === undefined
      ? 'There is no teacher.'
      : teacher.private
        ? config.method === 'dp-both'
          ? 'The teacher was trained on the private data too, by DP-SGD: ε covers both trainings.'
          : 'The teacher was trained on the private data by DP-SGD; the student learnt from it on public data, which costs nothing more.'
        : 'The teacher was trained on public data alone, which ε does not cover.';
  return [
    `ε = ${loss.epsilon?.toPrecision(5)} at δ = ${delta} covers one ${unit}, added to or removed from the ${parts.private.length.toLocaleString('en-US')} private ones: their inputs and labels. ${ofTeacher}`,
    `Accountant ${loss.accountant}, conversion ${loss.conversion}${loss.approximation ? ' (an approximation, no guarantee)' : ''}: ${Object.values(trainees).filter((each) => each.private).length} training(s) by DP-SGD${budget!.charges.length > 0 ? ` and ${budget!.charges.length} release(s) for features` : ''}, q = ${sampleRate.toPrecision(4)}, σ = ${noiseMultiplier.toPrecision(5)}, C = ${clipNorm}, Poisson sampling.`,
    'Not charged: the choice of settings, the number of private examples, and the baseline, which is not private and must not be released.',
    config.research
      ? 'research: true. Noise and lots come from the seed: who knows the seed can undo them. Not a release.'
      : 'Noise and lots came from the cryptographic source.',
  ];
}
