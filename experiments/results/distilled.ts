import type { StageSummary } from '../../src/core/experiment';
import { describePart, type Named } from '../../src/core/named';
import type { Interval, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import { roleNames } from './role-names';

export interface Judged {
  readonly metrics: Readonly<Record<string, Interval>>;
  readonly fidelity?: Readonly<Record<string, Interval>>;
  readonly latency: ModelResult['latency'];
}

export interface DistilledParts {
  /** What was learnt, for the headline: `classes of molecules`. */
  readonly subject: string;
  /** The metric that models are compared by, of which more is better, and its name in a sentence. */
  readonly metric: { readonly key: string; readonly title: string };
  readonly config: { readonly teacher: { readonly model: Named }; readonly student: { readonly model: Named } };
  readonly models: { readonly teacher: Model; readonly student: Model; readonly baseline?: Model };
  readonly judge: (model: Model, role: ModelResult['role']) => Judged;
  readonly trained: Readonly<Record<string, StageSummary>>;
  readonly notes: readonly string[];
}

/** A teacher, its student and that student alone side by side, and whether the teacher helped. */
export function distilledResults(parts: DistilledParts): Results {
  const { subject, metric, config, models, judge, trained, notes } = parts;
  const results = Object.entries(models).map(([name, model]: [string, Model]): ModelResult => {
    const role = name as ModelResult['role'];
    const { model: part } = role === 'teacher' ? config.teacher : config.student;
    const steps = trained[role]?.step ?? 0;
    return {
      role,
      name: roleNames[role],
      description: `${describePart(part)}; ${steps} steps`,
      ...model.cost,
      ...judge(model, role),
      budget: { steps },
    };
  });
  const of = (role: string) => results.find((result) => result.role === role)?.metrics[metric.key];
  const percent = (interval: Interval) => `${(100 * interval.mean).toFixed(2)} %`;
  const [teacher, student, alone] = [of('teacher')!, of('student')!, of('baseline')];
  const fewer = models.teacher.cost.parameters / models.student.cost.parameters;
  return {
    headline:
      `${metric.title} on ${subject}: teacher ${percent(teacher)}, distilled student ${percent(student)}` +
      `${alone === undefined ? '' : `, the same student alone ${percent(alone)}`}; the student has ` +
      `${fewer >= 1 ? `${fewer.toFixed(1)} times fewer` : `${(1 / fewer).toFixed(1)} times more`} parameters.`,
    primaryMetric: metric.key,
    higherIsBetter: true,
    models: results,
    claims:
      alone === undefined
        ? []
        : [
            {
              claim: `${metric.title.toLowerCase()}: the distilled student is above the same student alone`,
              found: `${percent(student)} against ${percent(alone)}`,
              met: student.mean > alone.mean,
            },
          ],
    notes: [
      'Measured with the parameters that were best on the validation part, of equally good ones the last.',
      ...notes,
    ],
  };
}
