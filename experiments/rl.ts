import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { evaluatePolicy, randomReturn } from '../envs/evaluate';
import { actBy, policyOutputs } from '../envs/policy';
import { ppoRolloutsOptions } from '../envs/ppo/rollouts';
import { dynamicsOf, environmentSchema, list as environments } from '../envs/registry';
import { rollouts, rolloutsOptions } from '../envs/rollouts';
import { TeacherStore } from '../envs/teachers/artifact';
import { baseShape } from '../src/config/base';
import { configHash, type RawConfig } from '../src/config/load';
import { buildObjective, objectives } from '../src/config/objectives';
import { buildModel, buildOptimizer, modelSchema } from '../src/config/training';
import { experiment } from '../src/core/experiment';
import type { Named } from '../src/core/named';
import { describeAll } from '../src/core/resolve';
import { section } from '../src/core/section';
import type { Stage } from '../src/core/trainer';
import type { Model } from '../src/core/types';
import { Rng } from '../src/math/rng';
import { mean } from '../src/math/statistics';
import { licence } from '../src/run/version';
import { networkTeacher } from '../src/teachers/network';
import { type Watched, watched } from './parts/crossing';
import { buildEstimator, sharedCatalogue, updateShape } from './parts/estimators';
import { checkReinforcement, OBJECTIVES, type Reinforced, reinforced, reinforcementShape } from './parts/reinforcement';
import { policyResults } from './results/policy';

/** The part of the way from random to the teacher that `stepsToGoal` asks for. */
const GOAL = 0.95;

const count = z.number().int().positive();

export const schema = section({
  ...baseShape,
  environment: environmentSchema,
  teacher: section({
    model: modelSchema,
    envSteps: count.describe('most environment steps the teacher may take'),
    target: z.number().optional().describe('mean return that the final evaluation must reach'),
    stopAt: z.number().optional().describe('mean return of the validation episodes at which training ends early'),
    evaluateEvery: count.default(20).describe('rollouts between validations'),
    seed: z
      .number()
      .int()
      .min(0)
      .optional()
      .describe('default: the run’s; with one, runs of all seeds share a teacher'),
    reuse: z
      .boolean()
      .optional()
      .describe('keep the trained teacher, and take a kept one instead of training it again'),
    ...reinforcementShape,
  }).superRefine(checkReinforcement),
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
 * Policy distillation: a teacher by PPO or Q-learning, or a kept one; a student from the teacher on the states one of
 * them visits, or by reinforcement beside the teacher; and the student's network alone on as many environment steps.
 */
export default experiment({
  description: 'policy distillation: a teacher by PPO or DQN, a small student, the same student without a teacher',
  schema,
  catalogue: () => ({
    ...sharedCatalogue(),
    objectives: describeAll('objective', OBJECTIVES),
    environments: environments().map(({ id, description }) => ({ name: id, description })),
  }),
  build: async (config, { rng, cacheDir, notify }) => {
    const id = config.environment;
    const dynamics = dynamicsOf(id);
    const { observationSpace } = dynamics;
    const outputs = policyOutputs(dynamics);
    const builder =
      (name: string, root: Rng) =>
      (part: Named, key: string, classes = outputs): Model =>
        buildModel(part, { id: name, inputShape: observationSpace.shape, classes, rng: root.split(key) });
    const {
      seed = config.seed,
      reuse = false,
      stopAt,
      evaluateEvery,
      target: _target,
      model,
      ...asTeacher
    } = config.teacher;
    const { envSteps: teacherSteps, ...teacherUpdates } = asTeacher;
    const root = Rng.root(seed);

    const validationReturn = (policy: Model, from: Rng) =>
      mean(
        evaluatePolicy({
          act: actBy(policy, 'greedy'),
          id,
          episodes: config.evaluation.validationEpisodes,
          rng: from.split('validation'),
        }).returns,
      );

    const learned = reinforced(teacherUpdates, {
      name: 'teacher',
      title: `teacher, by ${config.teacher.dqn === undefined ? 'PPO' : 'Q-learning'}`,
      id,
      outputs,
      build: builder('teacher', root),
      policy: { part: model, key: 'teacher' },
      envSteps: teacherSteps,
      rng: root,
    });
    const teacher = learned.policy;
    const teacherStage: Stage = {
      ...learned.stage,
      ...(config.teacher.seed !== undefined && { seed }),
      evaluation: {
        every: evaluateEvery * learned.updatesPerRound,
        measure: () => ({ validationReturn: validationReturn(teacher, root) }),
        ...(stopAt !== undefined && { stop: ({ validationReturn: value }) => value! >= stopAt }),
      },
    };
    const store = new TeacherStore(path.join(cacheDir, 'teachers'));
    const engine = tf.getBackend();
    // Everything that its weights depend on.
    const hash = configHash({
      version: 1,
      id,
      seed,
      engine,
      teacher: { ...config.teacher, reuse, target: null },
      validationEpisodes: config.evaluation.validationEpisodes,
    } as unknown as RawConfig);
    const kept = reuse && store.has(hash) ? store.restore(hash, learned.trained.params) : undefined;
    if (kept !== undefined) notify(`teacher ${hash.slice(0, 8)} is taken from ${store.folder}`);

    // Asked for once the teacher is trained: what a student must reach, on the student's validation episodes.
    let goal: number | undefined;
    const goalOf = (): number => {
      if (goal === undefined) {
        const random = randomReturn({
          id,
          episodes: config.evaluation.validationEpisodes,
          rng: rng.split('validation'),
        });
        goal = random + GOAL * (validationReturn(teacher, rng) - random);
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
            const value = validationReturn(policy, rng);
            seen.measured(value, goalOf());
            return { validationReturn: value };
          },
        },
      };
    };

    const taught = networkTeacher(learned.trained);
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
          build: builder('student', rng),
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
      student = builder('student', rng)(part.model, 'student');
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
          learners: [
            {
              name: 'student',
              student,
              objective,
              estimator: buildEstimator(part.estimator),
              optimizer: buildOptimizer(part.optimizer),
              learningRate: part.learningRate,
            },
          ],
          teachers: [taught],
          source: rollouts({ ...part.rollouts!, id }),
          steps: part.steps!,
        },
        student,
        part.evaluateEvery,
      );
    }

    const alone = config.baseline === undefined ? teacherUpdates : config.baseline;
    const untaught: Reinforced | undefined =
      alone === null
        ? undefined
        : reinforced(alone, {
            name: 'baseline',
            title: `the same student, by ${alone.dqn === undefined ? 'PPO' : 'Q-learning'} without a teacher`,
            id,
            outputs,
            build: builder('baseline', rng),
            // The same key as the student's: both begin with the same weights.
            policy: { part: part.model, key: 'student' },
            envSteps: (part.rollouts ?? part.reinforcement!).envSteps,
            rng,
          });
    const baseline = untaught?.policy;
    return {
      stages: [
        ...(kept === undefined ? [teacherStage] : []),
        studentStage,
        ...(untaught === undefined
          ? []
          : [toStudent(untaught.stage, untaught.policy, evaluateEvery * untaught.updatesPerRound)]),
      ],
      datasets: [],
      models: { teacher, student, ...(baseline && { baseline }) },
      evaluate: async (trained) => {
        const summary =
          kept === undefined ? trained.teacher! : { step: kept.updates, metrics: { envSteps: kept.envSteps } };
        const results = policyResults({
          config,
          rng,
          teacher,
          student,
          ...(baseline && { baseline }),
          trained: { ...trained, teacher: summary },
        });
        if (reuse && kept === undefined)
          store.save(hash, learned.trained.params, {
            version: 1,
            environment: id,
            algorithm: config.teacher.dqn === undefined ? 'PPO' : 'DQN',
            parameters: teacher.cost.parameters,
            envSteps: summary.metrics.envSteps ?? 0,
            updates: summary.step,
            seed,
            engine,
            score: results.models[0]!.metrics.return!,
            licence,
          });
        return results;
      },
    };
  },
});
