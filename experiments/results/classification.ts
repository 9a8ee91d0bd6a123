import type { z } from 'zod';
import { describePart } from '../../src/core/named';
import type { Breakdown, Claim, Interval, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { ImageDataset } from '../../src/data/dataset';
import type { Split } from '../../src/data/split';
import { calibrationError, reliability } from '../../src/evaluate/calibration';
import { bestBias, errorRate, fidelity, type Predictions, predict } from '../../src/evaluate/classification';
import { inheritedErrors } from '../../src/evaluate/conflict';
import { Rng } from '../../src/math/rng';
import { measureLatency } from '../../src/run/latency';
import type { schema } from '../supervised';
import { roleNames } from './role-names';

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly dataset: ImageDataset;
  readonly split: Split;
  readonly teacher: Model;
  readonly student: Model;
  readonly baseline?: Model;
}

/** Test errors of the three models with intervals, fidelity to the teacher, and what was claimed of them. */
export function classificationResults({ config, dataset, split, teacher, student, baseline }: Trained): Results {
  const { inputShape, test, train } = dataset;
  const omitted = config.student.omitClasses;
  const teacherTest = predict(teacher, test, { inputShape });
  const notes = [
    `Intervals: 95 %, over the ${test.count.toLocaleString('en-US')} test images of one seed; they do not cover the choice of seed.`,
  ];

  const tested: Predictions[] = [];
  const measure = (role: ModelResult['role'], model: Model): ModelResult => {
    const predictions = role === 'teacher' ? teacherTest : predict(model, test, { inputShape });
    tested.push(predictions);
    const metrics: Record<string, Interval> = {
      testError: errorRate(predictions),
      calibrationError: calibrationError(predictions, Rng.root(config.seed).split('calibration')),
    };
    if (omitted.length > 0) {
      metrics.omittedClassError = errorRate(predictions, { only: omitted });
      if (role !== 'teacher' && split.validation.length > 0) {
        const { bias, offset } = bestBias(predict(model, train, { inputShape, indices: split.validation }), omitted);
        metrics.testErrorBiasCorrected = errorRate(predictions, { bias });
        metrics.omittedClassErrorBiasCorrected = errorRate(predictions, { bias, only: omitted });
        notes.push(
          `${role}: bias of class ${omitted.join(', ')} raised by ${offset}, chosen on the ${split.validation.length} held-out training images.`,
        );
      }
    }
    const { model: part, epochs } = role === 'teacher' ? config.teacher : config.student;
    return {
      role,
      name: roleNames[role],
      description: `${describePart(part)}; ${epochs} epochs`,
      ...model.cost,
      latency: measureLatency(model),
      metrics,
      ...(role === 'teacher' ? {} : { fidelity: fidelityTo(teacherTest, predictions) }),
      budget: { epochs },
    };
  };

  const models = [
    measure('teacher', teacher),
    measure('student', student),
    ...(baseline === undefined ? [] : [measure('baseline', baseline)]),
  ];
  const [taught, distilled, alone] = models.map((model) => model.metrics.testError!);
  const percent = (value: Interval | undefined) => `${(100 * value!.mean).toFixed(2)} %`;
  const claims: Claim[] = [];
  if (alone !== undefined && omitted.length === 0)
    claims.push({
      claim: 'test error: teacher < distilled student < student alone',
      found: `${percent(taught)}, ${percent(distilled)}, ${percent(alone)}`,
      met: taught!.mean < distilled!.mean && distilled!.mean < alone.mean,
    });
  const corrected = models[1]!.metrics.testErrorBiasCorrected;
  if (corrected !== undefined)
    claims.push({
      claim: `a student that never saw class ${omitted.join(', ')} learns it from the teacher, more so after the bias correction`,
      found: `error on the omitted class ${percent(models[1]!.metrics.omittedClassError)}, corrected ${percent(models[1]!.metrics.omittedClassErrorBiasCorrected)}`,
      met: models[1]!.metrics.omittedClassErrorBiasCorrected!.mean < 0.5 && corrected.mean <= distilled!.mean,
    });
  return {
    headline:
      `Test error on ${dataset.name}: teacher ${percent(taught)}, distilled student ${percent(distilled)}` +
      `${alone === undefined ? '' : `, the same student alone ${percent(alone)}`}; the student has ${(teacher.cost.parameters / student.cost.parameters).toFixed(1)} times fewer parameters.`,
    primaryMetric: 'testError',
    higherIsBetter: false,
    models,
    claims,
    breakdowns: [reliabilityOf(tested)],
    notes,
  };
}

/** Agreement and divergence, and of the teacher's errors the share repeated. */
export function fidelityTo(teacher: Predictions, student: Predictions): Record<string, Interval> {
  const inherited = inheritedErrors(teacher, student);
  return { ...fidelity(teacher, student), ...(inherited && { inheritedErrors: inherited }) };
}

/** The accuracy of each model by its own confidence: a reliability diagram. */
export function reliabilityOf(models: readonly Predictions[]): Breakdown {
  const each = models.map(reliability);
  const none: Interval = { mean: Number.NaN, low: Number.NaN, high: Number.NaN, n: 0, method: 'wilson' };
  return {
    title: 'Accuracy by stated confidence',
    metric: 'accuracy',
    groups: each[0]!.map(({ label }, bin) => {
      const values = each.map((bins) => bins[bin]!.accuracy ?? none);
      return { label, count: values.reduce((sum, { n }) => sum + n, 0), values };
    }),
  };
}
