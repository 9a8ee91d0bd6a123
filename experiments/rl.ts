import path from 'node:path';
import { z } from 'zod';
import { discreteActions } from '../envs/dynamics';
import { evaluatePolicy } from '../envs/evaluate';
import { actBy } from '../envs/policy';
import { actorCritic } from '../envs/ppo/actor-critic';
import ppo from '../envs/ppo/objective';
import { ppoRollouts, ppoRolloutsOptions, updatesFor } from '../envs/ppo/rollouts';
import { dynamicsOf, list as environments } from '../envs/registry';
import { rollouts, rolloutsOptions } from '../envs/rollouts';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { buildModel, buildOptimizer, FOLDERS, modelSchema } from '../src/config/training';
import { experiment } from '../src/core/experiment';
import { describeAll } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Stage } from '../src/core/trainer';
import type { Model } from '../src/core/types';
import { mean } from '../src/math/statistics';
import { networkTeacher } from '../src/teachers/network';
import { buildEstimator, sharedCatalogue, updateShape } from './parts/estimators';
import { policyResults } from './results/policy';

const OBJECTIVES = [path.resolve(__dirname, '../envs/objectives'), FOLDERS.objectives];

const reinforcementShape = {
  value: modelSchema.describe('the critic, used in training only'),
  rollouts: ppoRolloutsOptions.omit({ id: true }),
  objective: ppo.options,
  ...updateShape,
};

export const schema = section({
  ...baseShape,
  environment: z.enum(environments().map(({ id }) => id) as [string, ...string[]]),
  teacher: section({
    model: modelSchema,
    envSteps: z.number().int().positive().describe('most environment steps the teacher may take'),
    target: z.number().optional().describe('mean return that the final evaluation must reach'),
    stopAt: z.number().optional().describe('mean return of the validation episodes at which training ends early'),
    evaluateEvery: z.number().int().positive().default(20).describe('rollouts between validations'),
    ...reinforcementShape,
  }),
  student: section({
    model: modelSchema,
    objective: objectives(OBJECTIVES).default([{ 'policy-kl': { temperature: 1 }, weight: 1 }]),
    steps: z.number().int().positive().describe('updates'),
    evaluateEvery: z.number().int().positive().default(200).describe('updates between validations'),
    rollouts: rolloutsOptions.omit({ id: true }),
    ...updateShape,
  }),
  baseline: section(reinforcementShape)
    .optional()
    .describe(
      'the student’s network without a teacher, for student.rollouts.envSteps; default: trained as the teacher is',
    ),
  evaluation: section({
    episodes: z.number().int().min(2).default(100).describe('final episodes of each policy'),
    validationEpisodes: z.number().int().min(2).default(20).describe('during training, from other seeds'),
  }).default({ episodes: 100, validationEpisodes: 20 }),
});

/**
 * Policy distillation: a teacher by PPO, a student from the teacher on the states one of them visits, and the student's
 * network by PPO alone on the environment steps that the distillation took.
 */
export default experiment({
  description: 'policy distillation: a PPO teacher, a small student, the same student without a teacher',
  schema,
  catalogue: () => ({
    ...sharedCatalogue(),
    objectives: describeAll('objective', OBJECTIVES),
    environments: environments().map(({ id, description }) => ({ name: id, description })),
  }),
  build: async (config, { rng }) => {
    const id = config.environment;
    const dynamics = dynamicsOf(id);
    const { observationSpace } = dynamics;
    const { n } = discreteActions(dynamics);
    const make = (name: string, part: typeof config.teacher.model, key: string, outputs = n): Model =>
      buildModel(part, { id: name, inputShape: observationSpace.shape, classes: outputs, rng: rng.split(key) });
    const teacher = make('teacher', config.teacher.model, 'teacher');
    const student = make('student', config.student.model, 'student');
    // The same key as the student's: both begin with the same weights.
    const baseline = make('baseline', config.student.model, 'student');
    const {
      model: _model,
      envSteps: teacherSteps,
      target: _target,
      stopAt,
      evaluateEvery,
      ...asTeacher
    } = config.teacher;
    const alone = config.baseline ?? asTeacher;
    const budget = config.student.rollouts.envSteps;

    const validation = (policy: Model, every: number, goal?: number): NonNullable<Stage['evaluation']> => ({
      every,
      measure: () => {
        const episodes = config.evaluation.validationEpisodes;
        const { returns } = evaluatePolicy({
          act: actBy(policy, 'greedy'),
          id,
          episodes,
          rng: rng.split('validation'),
        });
        return { validationReturn: mean(returns) };
      },
      ...(goal === undefined ? {} : { stop: ({ validationReturn }) => validationReturn! >= goal }),
    });
    const reinforce = (
      name: string,
      title: string,
      policy: Model,
      envSteps: number,
      options: typeof asTeacher,
      goal?: number,
    ): Stage => {
      const settings = { ...options.rollouts, id };
      const value = make(`${name}-value`, options.value, `${name}/value`, 1);
      const updatesPerRollout = options.rollouts.epochs * options.rollouts.minibatches;
      return {
        name,
        title,
        learners: [
          {
            name,
            student: actorCritic({ id: name, policy, value }),
            objective: { name: 'ppo', ...ppo.build(options.objective) },
            estimator: buildEstimator(options.estimator),
            optimizer: buildOptimizer(options.optimizer),
            learningRate: options.learningRate,
          },
        ],
        teachers: [],
        source: ppoRollouts(settings),
        steps: updatesFor(envSteps, settings),
        evaluation: validation(policy, evaluateEvery * updatesPerRollout, goal),
      };
    };
    const distil = buildObjective(config.student.objective, OBJECTIVES);
    const stages: Stage[] = [
      reinforce('teacher', 'teacher, by PPO', teacher, teacherSteps, asTeacher, stopAt),
      {
        name: 'student',
        title: `student, from the teacher (${distil.name})`,
        learners: [
          {
            name: 'student',
            student,
            objective: distil,
            estimator: buildEstimator(config.student.estimator),
            optimizer: buildOptimizer(config.student.optimizer),
            learningRate: config.student.learningRate,
          },
        ],
        teachers: [networkTeacher(teacher)],
        source: rollouts({ ...config.student.rollouts, id }),
        steps: config.student.steps,
        evaluation: validation(student, config.student.evaluateEvery),
      },
      reinforce('baseline', 'the same student, by PPO without a teacher', baseline, budget, alone),
    ];
    return {
      stages,
      datasets: [],
      models: { teacher, student, baseline },
      evaluate: async (trained) => policyResults({ config, rng, teacher, student, baseline, trained }),
    };
  },
});
