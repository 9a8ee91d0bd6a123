import type { z } from 'zod';
import { evaluatePolicy, randomReturn } from '../../envs/evaluate';
import { policyFidelity } from '../../envs/evaluation/fidelity';
import { robustness } from '../../envs/evaluation/robustness';
import { actBy } from '../../envs/policy';
import { dynamicsOf } from '../../envs/registry';
import type { StageSummary } from '../../src/core/experiment';
import { describePart } from '../../src/core/named';
import type { Claim, Interval, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { bootstrap } from '../../src/math/statistics';
import { measureLatency } from '../../src/run/latency';
import { algorithmOf, describeTeacher } from '../parts/policy-teacher';
import type { schema } from '../rl';
import { roleNames } from './role-names';

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly rng: Rng;
  readonly teacher: Model;
  readonly student: Model;
  readonly baseline?: Model;
  readonly trained: Readonly<Record<string, StageSummary>>;
}

/** Returns of the policies over fresh episodes, fidelity to the teacher, and the claims made of them. */
export function policyResults({ config, rng, teacher, student, baseline, trained }: Trained): Results {
  const id = config.environment;
  const { id: environment } = dynamicsOf(id);
  const { episodes } = config.evaluation;
  const returnsOf = (model: Model, choice: 'greedy' | 'sampled') =>
    evaluatePolicy({ act: actBy(model, choice), id, episodes, rng: rng.split('evaluation') }).returns;
  const algorithm = algorithmOf(config.teacher);
  const learned = {
    teacher: algorithm,
    student: !config.student.reinforcement ? 'distilled' : 'PPO beside the teacher',
    baseline: config.baseline === undefined ? algorithm : config.baseline?.dqn === undefined ? 'PPO' : 'DQN',
  };
  const random = randomReturn({ id, episodes, rng: rng.split('evaluation') });
  const teacherReturn = bootstrap(returnsOf(teacher, 'greedy'), rng.split('bootstrap'));

  const measure = (role: keyof typeof learned, model: Model): ModelResult => {
    const { envSteps = 0, stepsToGoal } = trained[role]?.metrics ?? {};
    const greedy = role === 'teacher' ? teacherReturn : bootstrap(returnsOf(model, 'greedy'), rng.split('bootstrap'));
    return {
      role,
      name: roleNames[role],
      description:
        role === 'teacher'
          ? describeTeacher(config.teacher)
          : `${describePart(config.student.model)}; ${learned[role]}`,
      ...model.cost,
      latency: measureLatency(model),
      metrics: {
        return: greedy,
        sampledReturn: bootstrap(returnsOf(model, 'sampled'), rng.split('bootstrap')),
        ...(teacherReturn.mean > random && { relativeScore: relative(greedy, random, teacherReturn.mean) }),
      },
      ...(role === 'teacher'
        ? {}
        : { fidelity: policyFidelity({ teacher, student: model, id, rng: rng.split('fidelity') }) }),
      budget: {
        envSteps,
        updates: trained[role]?.step ?? 0,
        ...(stepsToGoal !== undefined && { stepsTo95Percent: stepsToGoal }),
      },
    };
  };
  const policies = { teacher, student, ...(baseline && { baseline }) };
  const models = Object.entries(policies).map(([role, model]) => measure(role as keyof typeof learned, model));
  const [taught, distilled, alone] = models.map((model) => model.metrics.return!);
  const ratio = teacher.cost.parameters / student.cost.parameters;
  const { target } = config.teacher;
  const number = (value: number) => value.toFixed(1);
  const claims: Claim[] = [
    ...(target === undefined
      ? []
      : [
          {
            claim: `teacher's mean return ≥ ${target} over ${episodes} episodes`,
            found: number(taught!.mean),
            met: taught!.mean >= target,
          },
        ]),
    ...(ratio < 10 || teacher.cost.parameters === 0
      ? []
      : [
          {
            claim: "student has at most 1/20 of the teacher's parameters",
            found: `1/${number(ratio)}`,
            met: ratio >= 20,
          },
        ]),
    ...(alone === undefined
      ? []
      : [
          {
            claim:
              'the distilled student beats the same network trained alone on as many environment steps (intervals apart)',
            found: `${number(distilled!.mean)} against ${number(alone.mean)}`,
            met: distilled!.low > alone.high,
          },
        ]),
  ];
  const size =
    teacher.cost.parameters === 0
      ? ''
      : ratio > 1.05
        ? ` with ${number(ratio)} times fewer parameters`
        : ratio < 0.95
          ? ' with more parameters'
          : '';
  const { robustness: disturbances } = config.evaluation;
  return {
    headline:
      `Mean return on ${environment}: teacher ${number(taught!.mean)}, distilled student ${number(distilled!.mean)}${size}` +
      `${alone === undefined ? '' : `, the same student alone ${number(alone.mean)} on equally many environment steps`}.`,
    primaryMetric: 'return',
    higherIsBetter: true,
    models,
    claims,
    ...(disturbances && {
      breakdowns: robustness({ models: Object.values(policies), id, episodes, rng, ...disturbances }),
    }),
    notes: [
      `Intervals: 95 %, over ${episodes} episodes of one training seed, first states equal for all; they do not cover the choice of the training seed (use --seeds).`,
      'Returns are of the greedy policy; sampledReturn draws the actions.',
      `relativeScore is 0 for random actions (${number(random)}) and 1 for the teacher; stepsTo95Percent is the number of environment steps after which a validation first came to 0.95 of it.`,
      "Parameters are the policy's; critics and target networks are not counted.",
      'Agreement and KL are measured on states from both the teacher’s and the model’s own episodes, half each, and on each half alone.',
      ...standIn(environment),
    ],
  };
}

/** (R − random)/(teacher − random). */
export function relative({ mean, low, high, n, method }: Interval, random: number, teacher: number): Interval {
  const scale = (value: number) => (value - random) / (teacher - random);
  return { mean: scale(mean), low: scale(low), high: scale(high), n, method };
}

/** The papers' figures are of Atari; what stands in for it here is said. */
export function standIn(environment: string): string[] {
  return environment.startsWith('MinAtar')
    ? ['The methods were published on Atari 2600 games; MinAtar, a small model of five of them, stands in for these.']
    : ['The methods were published on Atari 2600 games; a small control task stands in for these.'];
}
