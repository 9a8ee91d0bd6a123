import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { randomReturn } from '../envs/evaluate';
import { policyOutputs } from '../envs/policy';
import { ppoRolloutsOptions } from '../envs/ppo/rollouts';
import { dynamicsOf, environmentSchema } from '../envs/registry';
import { rollouts, rolloutsOptions } from '../envs/rollouts';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { modelSchema } from '../src/config/training';
import { KdlabError } from '../src/core/errors';
import { experiment } from '../src/core/experiment';
import { section } from '../src/core/section';
import type { Stage } from '../src/core/trainer';
import type { Model } from '../src/core/types';
import { type Watched, watched } from './parts/crossing';
import { learnerOf, updateShape } from './parts/estimators';
import {
  algorithmOf,
  isExpert,
  modelsFor,
  policyTeacher,
  teacherSchema,
  validationReturn,
} from './parts/policy-teacher';
import {
  checkReinforcement,
  OBJECTIVES,
  policyCatalogue,
  type Reinforced,
  reinforced,
  reinforcementShape,
} from './parts/reinforcement';
import { policyResults } from './results/policy';

/** The part of the way from random to the teacher that `stepsToGoal` asks for. */
const GOAL = 0.95;

const count = z.number().int().positive();

export const schema = section({
  ...baseShape,
  environment: environmentSchema,
  teacher: teacherSchema,
  student: section({
    model: modelSchema,
    objective: objectives(OBJECTIVES).default([{ 'policy-kl': { temperature: 1 }, weight: 1 }]),
    steps: count.nullish().describe('updates, with rollouts'),
    evaluateEvery: count.default(200).describe('updates between validations'),
    rollouts: rolloutsOptions.omit({ id: true }).nullish().describe('learns from a replay of states'),
    reinforcement: section({
      envSteps: count,
      value: modelSchema.describe('the critic'),
      rollouts: ppoRolloutsOptions.omit({ id: true }),
    })
      .nullish()
      .describe('in the place of rollouts: acts and learns from its own returns too; put ppo among its objectives'),
    ...updateShape,
  }).superRefine(({ steps, rollouts: replay, reinforcement }, context) => {
    const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', message, path: [key] });
    if (!replay === !reinforcement)
      refuse('rollouts', 'give either rollouts (a replay of states) or reinforcement (its own returns)');
    if (!replay !== !steps)
      refuse('steps', 'belongs to rollouts; with reinforcement the number of updates follows from envSteps');
  }),
  baseline: section(reinforcementShape)
    .superRefine(checkReinforcement)
    .nullable()
    .optional()
    .describe(
      'the student’s network without a teacher, for as many environment steps as the student; null: none; default: ' +
        'trained as the teacher is',
    ),
  evaluation: section({
    episodes: z.number().int().min(2).default(100).describe('final episodes of each policy'),
    validationEpisodes: z.number().int().min(2).default(20).describe('during training, from other seeds'),
    robustness: section({
      actionNoise: z
        .array(z.number().min(0).max(1))
        .default([0, 0.1, 0.2, 0.3])
        .describe('probabilities of a random action; of a Box the deviations of noise'),
      observationNoise: z
        .array(z.number().min(0))
        .default([0, 0.05, 0.1, 0.2])
        .describe('deviations of Gaussian noise on each element of an observation'),
    })
      .optional()
      .describe('returns of all policies under disturbances; absent: not measured'),
  }).default({ episodes: 100, validationEpisodes: 20 }),
});

/**
 * Policy distillation: a teacher by PPO or Q-learning, kept or scripted; a student from the teacher on the states one of
 * them visits, or by reinforcement beside the teacher; and the student's network alone on as many environment steps.
 */
export default experiment({
  description: 'policy distillation: a teacher by PPO or DQN, a small student, the same student without a teacher',
  schema,
  catalogue: policyCatalogue,
  build: async (config, context) => {
    const { rng } = context;
    const id = config.environment;
    const dynamics = dynamicsOf(id);
    const { observationSpace } = dynamics;
    const outputs = policyOutputs(dynamics);
    const { validationEpisodes } = config.evaluation;
    const evaluateEvery = isExpert(config.teacher) ? 20 : config.teacher.evaluateEvery;
    const learned = policyTeacher(config.teacher, {
      name: 'teacher',
      title: `teacher, by ${algorithmOf(config.teacher)}`,
      id,
      seed: config.seed,
      validationEpisodes,
      context,
    });
    const { policy: teacher, taught } = learned;

    // Asked for once the teacher is trained: what a student must reach, on the student's validation episodes.
    let goal: number | undefined;
    const goalOf = (): number => {
      if (goal === undefined) {
        const random = randomReturn({
          id,
          episodes: config.evaluation.validationEpisodes,
          rng: rng.split('validation'),
        });
        goal = random + GOAL * (validationReturn(teacher, id, validationEpisodes, rng) - random);
      }
      return goal;
    };
    const toStudent = ({ source, ...stage }: Omit<Stage, 'evaluation'>, policy: Model, every: number): Stage => {
      const seen: Watched = watched(source);
      return {
        ...stage,
        source: seen,
        evaluation: {
          every,
          measure: () => {
            const value = validationReturn(policy, id, validationEpisodes, rng);
            seen.measured(value, goalOf());
            return { validationReturn: value };
          },
        },
      };
    };

    const part = config.student;
    let student: Model;
    let studentStage: Stage;
    if (part.reinforcement) {
      const { envSteps, value, rollouts: own } = part.reinforcement;
      const { policy, stage, updatesPerRound } = reinforced(
        { ...part, value, rollouts: own, objective: undefined, dqn: undefined },
        {
          name: 'student',
          title: 'student, by PPO beside the teacher',
          id,
          outputs,
          build: modelsFor(id, 'student', rng),
          policy: { part: part.model, key: 'student' },
          envSteps,
          teachers: [taught],
          objective: part.objective,
          rng,
        },
      );
      student = policy;
      studentStage = toStudent(stage, policy, Math.ceil(part.evaluateEvery / updatesPerRound) * updatesPerRound);
    } else {
      student = modelsFor(id, 'student', rng)(part.model, 'student');
      const example = tf.zeros([1, ...observationSpace.shape]);
      const objective = buildObjective(part.objective, OBJECTIVES, {
        student,
        teachers: [taught],
        batch: { x: example, size: 1 },
        rng: rng.split('objective'),
      });
      example.dispose();
      studentStage = toStudent(
        {
          name: 'student',
          title: `student, from the teacher (${objective.name})`,
          learners: [learnerOf('student', student, objective, part)],
          teachers: [taught],
          source: rollouts({ ...part.rollouts!, id }),
          steps: part.steps!,
        },
        student,
        part.evaluateEvery,
      );
    }

    const like = isExpert(config.teacher) ? undefined : config.teacher;
    const alone = config.baseline === undefined ? like : config.baseline;
    if (alone === undefined)
      throw new KdlabError('baseline: a scripted teacher does not say how to train one; give it, or null for none');
    const untaught: Reinforced | undefined =
      alone === null
        ? undefined
        : reinforced(alone, {
            name: 'baseline',
            title: `the same student, by ${alone.dqn === undefined ? 'PPO' : 'Q-learning'} without a teacher`,
            id,
            outputs,
            build: modelsFor(id, 'baseline', rng),
            // The same key as the student's: both begin with the same weights.
            policy: { part: part.model, key: 'student' },
            envSteps: (part.rollouts ?? part.reinforcement!).envSteps,
            rng,
          });
    const baseline = untaught?.policy;
    // As often as a student that learns in the same way, so that their steps to the goal compare.
    const baselineEvery = ({ updatesPerRound }: Reinforced) =>
      (part.reinforcement ? Math.ceil(part.evaluateEvery / updatesPerRound) : evaluateEvery) * updatesPerRound;
    return {
      stages: [
        ...(learned.stage === undefined ? [] : [learned.stage]),
        studentStage,
        ...(untaught === undefined ? [] : [toStudent(untaught.stage, untaught.policy, baselineEvery(untaught))]),
      ],
      datasets: [],
      models: { teacher, student, ...(baseline && { baseline }) },
      evaluate: async (trained) => {
        const results = policyResults({
          config,
          rng,
          teacher,
          student,
          ...(baseline && { baseline }),
          trained: { ...trained, teacher: learned.summary(trained) },
        });
        learned.keep(results.models[0]!.metrics.return!, trained);
        return results;
      },
    };
  },
});
