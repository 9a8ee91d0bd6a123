import { describePart } from '../../src/core/named';
import type { Claim, Interval, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { ImageDataset } from '../../src/data/dataset';
import { errorRate, fidelity, predict } from '../../src/evaluate/classification';
import { COLLAPSED, type Coverage } from '../../src/generative/coverage';
import { measureLatency } from '../../src/run/latency';
import type { DataFreeConfig } from '../data-free';

type Role = ModelResult['role'];

const NAMES: Readonly<Record<Role, string>> = {
  teacher: 'teacher',
  student: 'student, no data',
  reference: 'student, real images',
  baseline: 'student, noise',
};

/** Test errors of teacher and students with intervals, what the generator made, whether it collapsed. */
export function dataFreeResults({
  config,
  dataset,
  models,
  coverage,
}: {
  readonly config: DataFreeConfig;
  readonly dataset: ImageDataset;
  readonly models: Readonly<Partial<Record<Role, Model>>>;
  readonly coverage: Coverage;
}): Results {
  const { inputShape, test } = dataset;
  const predictions = Object.entries(models).map(([role, model]) => ({
    role: role as Role,
    model: model!,
    found: predict(model!, test, { inputShape }),
  }));
  const taught = predictions[0]!.found;
  const results = predictions.map(({ role, model, found }): ModelResult => {
    const { model: part } = role === 'teacher' ? config.teacher : config.student;
    return {
      role,
      name: NAMES[role],
      description: `${describePart(part)}; ${role === 'teacher' ? `${config.teacher.epochs} epochs` : `${config.student.steps} batches`}`,
      ...model.cost,
      latency: measureLatency(model),
      metrics: { testError: errorRate(found) },
      ...(role === 'teacher' ? {} : { fidelity: fidelity(taught, found) }),
      budget: role === 'teacher' ? { epochs: config.teacher.epochs } : { steps: config.student.steps },
    };
  });
  const errorOf = (role: Role): Interval | undefined =>
    results.find((result) => result.role === role)?.metrics.testError;
  const percent = (value: Interval | undefined) => `${(100 * value!.mean).toFixed(2)} %`;
  const [student, baseline, reference] = (['student', 'baseline', 'reference'] as const).map(errorOf);
  const { classEntropy, confidence, spread, images } = coverage;
  const collapsed = classEntropy < COLLAPSED.classEntropy || spread < COLLAPSED.spread;
  const claims: Claim[] = [
    {
      claim: 'the generator has not collapsed: its images are of many classes and differ',
      found: `class entropy ${classEntropy.toFixed(2)} of 1, spread ${spread.toFixed(3)}, the teacher's mean confidence ${confidence.toFixed(2)}`,
      met: !collapsed,
    },
    ...(baseline === undefined
      ? []
      : [
          {
            claim: 'test error: no data < noise',
            found: `${percent(student)}, ${percent(baseline)}`,
            met: student!.mean < baseline.mean,
          },
        ]),
  ];
  return {
    headline:
      `Test error on ${dataset.name}: teacher ${percent(errorOf('teacher'))}, student without data ${percent(student)}` +
      `${reference === undefined ? '' : `, on the real images ${percent(reference)}`}${baseline === undefined ? '' : `, on noise ${percent(baseline)}`}.`,
    primaryMetric: 'testError',
    higherIsBetter: false,
    models: results,
    claims,
    drawings: [
      {
        kind: 'images',
        title: 'What the generator made',
        shape: inputShape,
        images: images.map((image) => Buffer.from(image).toString('base64')),
      },
    ],
    notes: [
      `Intervals: 95 %, over the ${test.count.toLocaleString('en-US')} test images of one seed; they do not cover the choice of seed.`,
      'Real images train the teacher and choose nothing of the student; held-out ones only draw its curve.',
    ],
  };
}
