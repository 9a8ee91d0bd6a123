import { evaluatePolicy, randomReturn } from '../../envs/evaluate';
import { policyFidelity } from '../../envs/evaluation/fidelity';
import { actBy } from '../../envs/policy';
import { dynamicsOf, type EnvironmentSpec } from '../../envs/registry';
import type { StageSummary } from '../../src/core/experiment';
import { describePart, type Named } from '../../src/core/named';
import type { Interval, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { bootstrap } from '../../src/math/statistics';
import { measureLatency } from '../../src/run/latency';
import { relative, standIn } from './policy';

interface Trained {
  readonly episodes: number;
  readonly rng: Rng;
  readonly network: Model;
  readonly description: Named;
  readonly summary: StageSummary;
  readonly tasks: readonly {
    readonly name: string;
    readonly id: EnvironmentSpec;
    readonly description: string;
    readonly teacher: Model;
    /** The student's view of this task. */
    readonly student: Model;
    readonly summary: StageSummary;
  }[];
}

/** Each task's teacher and the one student on it. `scores` are the teachers' returns, in the order of the tasks. */
export function multitaskResults({ episodes, rng, network, description, summary, tasks }: Trained) {
  const measured = tasks.map((task) => {
    const { id, teacher, student } = task;
    const key = rng.split('evaluation');
    const returnOf = (model: Model) =>
      bootstrap(
        evaluatePolicy({ act: actBy(model, 'greedy'), id, episodes, rng: key }).returns,
        rng.split('bootstrap'),
      );
    const random = randomReturn({ id, episodes, rng: key });
    const [theirs, ours] = [returnOf(teacher), returnOf(student)];
    const relativeScore = theirs.mean > random ? relative(ours, random, theirs.mean) : undefined;
    return { task, theirs, ours, relativeScore };
  });
  const models = measured.flatMap(({ task, theirs, ours, relativeScore }): ModelResult[] => [
    {
      role: 'teacher',
      name: `teacher of ${task.name}`,
      description: task.description,
      ...task.teacher.cost,
      latency: measureLatency(task.teacher),
      metrics: { return: theirs },
      budget: { envSteps: task.summary.metrics.envSteps ?? 0, updates: task.summary.step },
    },
    {
      role: 'student',
      name: `student on ${task.name}`,
      description: `${describePart(description)}; a head for each of ${tasks.length} tasks`,
      ...network.cost,
      latency: measureLatency(task.student),
      metrics: { return: ours, ...(relativeScore && { relativeScore }) },
      fidelity: policyFidelity({
        teacher: task.teacher,
        student: task.student,
        id: task.id,
        rng: rng.split('fidelity'),
      }),
      budget: { envSteps: summary.metrics.envSteps ?? 0, updates: summary.step },
    },
  ]);
  const number = (value: number) => value.toFixed(1);
  const together = tasks.reduce((sum, { teacher }) => sum + teacher.cost.parameters, 0) / network.cost.parameters;
  const results: Results = {
    headline:
      `One student of ${number(together)} times fewer parameters than its ${tasks.length} teachers together: ` +
      `${measured.map(({ task, theirs, ours }) => `${task.name} ${number(ours.mean)} (teacher ${number(theirs.mean)})`).join(', ')}.`,
    primaryMetric: 'return',
    higherIsBetter: true,
    models,
    claims: measured.map(({ task, relativeScore, theirs, ours }) => ({
      claim: `on ${task.name} the student keeps 95 % of the way from random actions to its teacher`,
      found:
        relativeScore === undefined ? `${number(ours.mean)} of ${number(theirs.mean)}` : relativeScore.mean.toFixed(3),
      met: relativeScore !== undefined && relativeScore.mean >= 0.95,
    })),
    notes: [
      `Intervals: 95 %, over ${episodes} episodes of one training seed; they do not cover the choice of the training seed (use --seeds).`,
      'Returns are of greedy policies; observations are filled up with zeros to the widest, and the last layer holds a head for each task.',
      ...new Set(tasks.flatMap(({ id }) => standIn(dynamicsOf(id).id))),
    ],
  };
  return { results, scores: measured.map(({ theirs }): Interval => theirs) };
}
