import * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import { evaluatePolicy, recordStates } from '../../envs/evaluate';
import { actBy, outputsOf } from '../../envs/policy';
import type { StageSummary } from '../../src/core/experiment';
import { describePart } from '../../src/core/named';
import type { Claim, ModelResult, Results } from '../../src/core/results';
import type { Model } from '../../src/core/types';
import { fidelity, type Predictions } from '../../src/evaluate/classification';
import type { Rng } from '../../src/math/rng';
import { bootstrap } from '../../src/math/statistics';
import { measureLatency } from '../../src/run/latency';
import type { schema } from '../rl';

/** States on which student and teacher are compared, half from each one's own episodes. */
const FIDELITY_STATES = 2000;
const FIDELITY_EPISODES = 20;

interface Trained {
  readonly config: z.output<typeof schema>;
  readonly rng: Rng;
  readonly teacher: Model;
  readonly student: Model;
  readonly baseline: Model;
  readonly trained: Readonly<Record<string, StageSummary>>;
}

/** Returns of the three policies over fresh episodes, fidelity to the teacher, and the claims made of them. */
export function policyResults({ config, rng, teacher, student, baseline, trained }: Trained): Results {
  const id = config.environment;
  const { episodes } = config.evaluation;
  const returnsOf = (model: Model, choice: 'greedy' | 'sampled') =>
    evaluatePolicy({ act: actBy(model, choice), id, episodes, rng: rng.split('evaluation') }).returns;

  const measure = (role: ModelResult['role'], name: string, model: Model): ModelResult => {
    const returns = returnsOf(model, 'greedy');
    const part = role === 'teacher' ? config.teacher.model : config.student.model;
    const { envSteps = 0 } = trained[role]?.metrics ?? {};
    return {
      role,
      name,
      description: `${describePart(part)}; ${role === 'student' ? 'distilled' : 'PPO'}`,
      ...model.cost,
      latency: measureLatency(model),
      metrics: {
        return: bootstrap(returns, rng.split('bootstrap')),
        sampledReturn: bootstrap(returnsOf(model, 'sampled'), rng.split('bootstrap')),
      },
      ...(role === 'teacher' ? {} : { fidelity: compare(teacher, model, id, rng.split('fidelity')) }),
      budget: { envSteps, updates: trained[role]?.step ?? 0 },
    };
  };
  const models = [
    measure('teacher', 'teacher', teacher),
    measure('student', 'student, distilled', student),
    measure('baseline', 'student alone', baseline),
  ];
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
    { claim: "student has at most 1/20 of the teacher's parameters", found: `1/${number(ratio)}`, met: ratio >= 20 },
    {
      claim:
        'the distilled student beats the same network trained alone on as many environment steps (intervals apart)',
      found: `${number(distilled!.mean)} against ${number(alone!.mean)}`,
      met: distilled!.low > alone!.high,
    },
  ];
  return {
    headline:
      `Mean return on ${id}: teacher ${number(taught!.mean)}, distilled student ${number(distilled!.mean)} with ${number(ratio)} times fewer ` +
      `parameters, the same student alone ${number(alone!.mean)} on equally many environment steps.`,
    primaryMetric: 'return',
    higherIsBetter: true,
    models,
    claims,
    notes: [
      `Intervals: 95 %, over ${episodes} episodes of one training seed, first states equal for all three; they do not cover the choice of the training seed (use --seeds).`,
      'Returns are of the greedy policy; sampledReturn draws the actions.',
      "Parameters are the policy's; the critics that PPO trains beside teacher and baseline are not counted.",
      'Agreement and KL are measured on states from both the teacher’s and the model’s own episodes, half each.',
    ],
  };
}

function compare(teacher: Model, model: Model, id: string, rng: Rng): ReturnType<typeof fidelity> {
  const visited = [teacher, model].map((actor, i) =>
    recordStates({
      act: actBy(actor, 'greedy'),
      id,
      episodes: FIDELITY_EPISODES,
      rng: rng.split('episodes', i),
      count: FIDELITY_STATES / 2,
    }),
  );
  const width = teacher.inputShape.reduce((a, b) => a * b, 1);
  const states = Float32Array.from(visited.flatMap((part) => [...part]));
  const rows = states.length / width;
  const predict = (policy: Model): Predictions => ({
    logits: tf.tidy(() => Float32Array.from(outputsOf(policy, states, rows).logits.dataSync())),
    labels: new Uint8Array(rows),
    classes: policy.classes,
  });
  return fidelity(predict(teacher), predict(model));
}
