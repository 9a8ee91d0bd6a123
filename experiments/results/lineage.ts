import type { z } from 'zod';
import { describePart } from '../../src/core/named';
import type { Breakdown, Claim, Interval, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import { calibrationError } from '../../src/evaluate/calibration';
import { errorRate, type Predictions, predict } from '../../src/evaluate/classification';
import { disagreement, gradientCosine } from '../../src/evaluate/conflict';
import { Rng } from '../../src/math/rng';
import { measureLatency } from '../../src/run/latency';
import type { Member, schema } from '../lineage';
import type { ImageTask } from '../parts/image-task';
import { fidelityTo, reliabilityOf } from './classification';

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly task: ImageTask;
  readonly models: ReadonlyMap<string, Model>;
}

/** Test errors of all models, each held against its first teacher, and how much teachers of one student disagree. */
export function lineageResults({ config, task, models }: Trained): Results {
  const { inputShape, test, name: dataset } = task.dataset;
  const predictions = new Map([...models].map(([name, model]) => [name, predict(model, test, { inputShape })]));
  const members = Object.entries(config.models);
  const teaches = new Set(members.flatMap(([, { teachers }]) => teachers));
  const roleOf = (name: string, { role, teachers }: Member): ModelResult['role'] =>
    role ?? (teachers.length > 0 ? 'student' : teaches.has(name) ? 'teacher' : 'baseline');
  const results = members.map(([name, member]): ModelResult => {
    const own = predictions.get(name)!;
    const teacher = predictions.get(member.teachers[0] ?? '');
    const model = models.get(name)!;
    return {
      role: roleOf(name, member),
      name,
      description: describeMember(member),
      ...model.cost,
      latency: measureLatency(model),
      metrics: {
        testError: errorRate(own),
        calibrationError: calibrationError(own, Rng.root(config.seed).split('calibration')),
      },
      ...(teacher && { fidelity: fidelityTo(teacher, own) }),
      budget: { epochs: member.epochs },
    };
  });
  const errorOf = (name: string) => results.find((result) => result.name === name)?.metrics.testError;
  const claims = config.claims.map((claim): Claim => {
    const [smaller, greater] = claim.split(' < ').map(errorOf);
    return {
      claim: `test error: ${claim}`,
      found: `${percent(smaller)}, ${percent(greater)}`,
      met: smaller !== undefined && greater !== undefined && smaller.mean < greater.mean,
    };
  });
  const best = results.reduce((a, b) => (b.metrics.testError!.mean < a.metrics.testError!.mean ? b : a));
  return {
    headline: `Test error on ${dataset}: ${results.map(({ name, metrics }) => `${name} ${percent(metrics.testError)}`).join(', ')}; least: ${best.name}.`,
    primaryMetric: 'testError',
    higherIsBetter: false,
    models: results,
    claims,
    breakdowns: [
      reliabilityOf([...predictions.values()]),
      ...members.flatMap(([name, { teachers }]) => disagreements(predictions, name, teachers)),
    ],
    notes: [
      `Intervals: 95 %, over the ${test.count.toLocaleString('en-US')} test images of one seed; they do not cover the choice of seed.`,
      'Agreement, divergence and inherited errors are those with the first teacher named.',
      ...members.flatMap(([name, { teachers }]) => conflicts(predictions, name, teachers)),
    ],
  };
}

/** How teachers of one student pull apart: in a line each pair. */
function conflicts(
  predictions: ReadonlyMap<string, Predictions>,
  student: string,
  teachers: readonly string[],
): string[] {
  return teachers.flatMap((a, i) =>
    teachers.slice(i + 1).map((b) => {
      const [first, second] = [predictions.get(a)!, predictions.get(b)!];
      const cosine = gradientCosine(predictions.get(student)!, first, second);
      return (
        `Conflict of ${a} and ${b} as teachers of ${student}: they decide differently on ${percent(disagreement(first, second))}; ` +
        `their gradients by the student’s logits have a mean cosine of ${cosine.mean.toFixed(2)}.`
      );
    }),
  );
}

/** How often every model decides otherwise than each of a student's several teachers. */
function disagreements(
  predictions: ReadonlyMap<string, Predictions>,
  student: string,
  teachers: readonly string[],
): Breakdown[] {
  if (teachers.length < 2) return [];
  const groups = teachers.map((teacher) => {
    const own = predictions.get(teacher)!;
    const values = [...predictions.values()].map((other) => disagreement(own, other));
    return { label: teacher, count: own.labels.length, values };
  });
  return [{ title: `Decisions that differ from those of a teacher of ${student}`, metric: 'disagreement', groups }];
}

function describeMember({ model, teachers, objective, epochs }: Member): string {
  const methods = objective?.map(({ weight: _, ...part }) => Object.keys(part)[0]).join(' + ');
  const how = teachers.length === 0 ? (methods ?? 'labels') : `${methods ?? 'kd'} from ${teachers.join(', ')}`;
  return `${describePart(model)}; ${how}; ${epochs} epochs`;
}

function percent(value: Interval | undefined): string {
  return value === undefined ? 'unknown' : `${(100 * value.mean).toFixed(2)} %`;
}
