import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { evaluatePolicy } from '../../envs/evaluate';
import { expertTeacher } from '../../envs/experts/expert';
import { expertOf } from '../../envs/experts/experts';
import { actBy, policyOutputs } from '../../envs/policy';
import { dynamicsOf, type EnvironmentSpec } from '../../envs/registry';
import { TeacherStore } from '../../envs/teachers/artifact';
import { configHash, type RawConfig } from '../../src/config/load';
import { buildModel, modelSchema } from '../../src/config/training';
import type { BuildContext, StageSummary } from '../../src/core/experiment';
import { describePart, type Named } from '../../src/core/named';
import type { Interval } from '../../src/core/results';
import { section } from '../../src/core/section';
import type { Stage } from '../../src/core/trainer';
import type { Model, Teacher } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { mean } from '../../src/math/statistics';
import { licence } from '../../src/run/version';
import { networkTeacher } from '../../src/teachers/network';
import { checkReinforcement, reinforced, reinforcementShape } from './reinforcement';

const count = z.number().int().positive();

const learnedSchema = section({
  model: modelSchema,
  envSteps: count.describe('most environment steps the teacher may take'),
  target: z.number().optional().describe('mean return that the final evaluation must reach'),
  stopAt: z.number().optional().describe('mean return of the validation episodes at which training ends early'),
  evaluateEvery: count.default(20).describe('rollouts between validations'),
  seed: z.number().int().min(0).optional().describe('default: the run’s; with one, runs of all seeds share a teacher'),
  reuse: z.boolean().optional().describe('keep the trained teacher, and take a kept one instead of training it again'),
  ...reinforcementShape,
}).superRefine(checkReinforcement);

const expertSchema = section({
  expert: section({
    output: z.enum(['policy', 'scores']).default('policy').describe('scores: action values where it plans'),
    epsilon: z.number().gt(0).lt(1).default(0.01).describe('probability of all but the best action together'),
    deviation: z.number().positive().default(0.1).describe('of Gaussian actions, over half the width of their bounds'),
  }).describe('the scripted, planned or optimal policy of the environment'),
  target: z.number().optional().describe('mean return that the final evaluation must reach'),
});

export type LearnedPart = z.output<typeof learnedSchema>;
export type ExpertPart = z.output<typeof expertSchema>;
export type TeacherPart = LearnedPart | ExpertPart;

/** A teacher by reinforcement, or `{expert: {}}`; each has its own keys, so that a message names the right ones. */
export const teacherSchema: z.ZodType<TeacherPart> = z.unknown().transform((value, context): TeacherPart => {
  const scripted = typeof value === 'object' && value !== null && 'expert' in value;
  const result = (scripted ? expertSchema : learnedSchema).safeParse(value);
  if (result.success) return result.data;
  for (const { message, path: at } of result.error.issues) context.addIssue({ code: 'custom', message, path: [...at] });
  return z.NEVER;
});

export function isExpert(part: TeacherPart): part is ExpertPart {
  return 'expert' in part;
}

/** A teacher: scripted, to be trained, or taken from those kept. */
export interface PolicyTeacher {
  readonly policy: Model;
  /** What it says to students, its critic's value among the taps. */
  readonly taught: Teacher;
  /** Absent where it is taken from those kept. */
  readonly stage?: Stage;
  /** What training came to, now or when it was kept. */
  summary(trained: Readonly<Record<string, StageSummary>>): StageSummary;
  /** Keeps it where `reuse` asks for that and it is new. */
  keep(score: Interval, trained: Readonly<Record<string, StageSummary>>): void;
}

export interface TeacherPlace {
  /** Of the stage and the network. */
  readonly name: string;
  readonly title: string;
  readonly id: EnvironmentSpec;
  /** The run's. */
  readonly seed: number;
  readonly validationEpisodes: number;
  readonly context: Pick<BuildContext, 'cacheDir' | 'notify'>;
}

/** Builds models for an environment, their first weights from keys below `root`. */
export function modelsFor(id: EnvironmentSpec, name: string, root: Rng) {
  const dynamics = dynamicsOf(id);
  const { shape } = dynamics.observationSpace;
  return (part: Named, key: string, classes = policyOutputs(dynamics)): Model =>
    buildModel(part, { id: name, inputShape: shape, classes, rng: root.split(key) });
}

/** Mean return of a greedy policy on the validation episodes of a key. */
export function validationReturn(policy: Model, id: EnvironmentSpec, episodes: number, from: Rng): number {
  const act = actBy(policy, 'greedy');
  return mean(evaluatePolicy({ act, id, episodes, rng: from.split('validation') }).returns);
}

export function policyTeacher(part: TeacherPart, place: TeacherPlace): PolicyTeacher {
  return isExpert(part) ? scripted(part, place) : learned(part, place);
}

/** Without weights; it answers on the host. */
function scripted({ expert }: ExpertPart, { id }: TeacherPlace): PolicyTeacher {
  const taught = expertTeacher(dynamicsOf(id), expertOf(id), expert);
  const policy: Model & Pick<Teacher, 'lookup'> = {
    ...taught,
    params: {},
    coupling: 'example',
    cost: { parameters: 0, bytes: 0, multiplyAdds: 0 },
    forward: (batch) => taught.signal(batch),
  };
  return { policy, taught, summary: () => ({ step: 0, metrics: {} }), keep: () => undefined };
}

function learned(part: LearnedPart, place: TeacherPlace): PolicyTeacher {
  const { name, id, validationEpisodes, context } = place;
  const {
    seed = place.seed,
    reuse = false,
    stopAt,
    evaluateEvery,
    target: _target,
    model,
    envSteps,
    ...updates
  } = part;
  const root = Rng.root(seed);
  // The same for every name, so that whoever asks for the same teacher gets the same bits.
  const trainable = reinforced(updates, {
    name: 'teacher',
    title: place.title,
    id,
    outputs: policyOutputs(dynamicsOf(id)),
    build: modelsFor(id, 'teacher', root),
    policy: { part: model, key: 'teacher' },
    envSteps,
    rng: root,
  });
  const { policy, trained: kept } = trainable;
  const store = new TeacherStore(path.join(context.cacheDir, 'teachers'));
  const engine = tf.getBackend();
  // Everything that its weights depend on.
  const hash = configHash({
    version: 1,
    id,
    seed,
    engine,
    teacher: { ...part, reuse, target: null },
    validationEpisodes,
  } as unknown as RawConfig);
  const card = reuse && store.has(hash) ? store.restore(hash, kept.params) : undefined;
  if (card !== undefined) context.notify(`${name} ${hash.slice(0, 8)} is taken from ${store.folder}`);
  const stage: Stage = {
    ...trainable.stage,
    name,
    randomness: 'teacher',
    ...(part.seed !== undefined && { seed }),
    evaluation: {
      every: evaluateEvery * trainable.updatesPerRound,
      measure: () => ({ validationReturn: validationReturn(policy, id, validationEpisodes, root) }),
      ...(stopAt !== undefined && { stop: ({ validationReturn: value }) => value! >= stopAt }),
    },
  };
  const summary: PolicyTeacher['summary'] = (trained) =>
    card === undefined ? trained[name]! : { step: card.updates, metrics: { envSteps: card.envSteps } };
  return {
    policy,
    taught: networkTeacher(kept),
    ...(card === undefined && { stage }),
    summary,
    keep: (score, trained) => {
      if (!reuse || card !== undefined) return;
      const { step, metrics } = summary(trained);
      store.save(hash, kept.params, {
        version: 1,
        environment: id,
        algorithm: algorithmOf(part),
        parameters: policy.cost.parameters,
        envSteps: metrics.envSteps ?? 0,
        updates: step,
        seed,
        engine,
        score,
        licence,
      });
    },
  };
}

export function algorithmOf(part: TeacherPart): 'PPO' | 'DQN' | 'script' {
  if (isExpert(part)) return 'script';
  return part.dqn === undefined ? 'PPO' : 'DQN';
}

/** In one line, for a report. */
export function describeTeacher(part: TeacherPart): string {
  return isExpert(part) ? 'scripted expert' : `${describePart(part.model)}; ${algorithmOf(part)}`;
}
