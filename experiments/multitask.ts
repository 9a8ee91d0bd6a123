import { z } from 'zod';
import { layoutOf, multitaskPolicy, multitaskTeacher, taskView } from '../envs/multitask/heads';
import { multitaskSource } from '../envs/multitask/source';
import { dynamicsOf, environmentSchema } from '../envs/registry';
import { rollouts, rolloutsOptions } from '../envs/rollouts';
import { baseShape } from '../src/config/base';
import { buildObjective, objectives } from '../src/config/objectives';
import { buildModel, modelSchema } from '../src/config/training';
import { experiment } from '../src/core/experiment';
import { section } from '../src/core/section';
import { learnerOf, updateShape } from './parts/estimators';
import { algorithmOf, describeTeacher, policyTeacher, teacherSchema, validationReturn } from './parts/policy-teacher';
import { OBJECTIVES, policyCatalogue } from './parts/reinforcement';
import { multitaskResults } from './results/multitask';

const count = z.number().int().positive();

export const schema = section({
  ...baseShape,
  tasks: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), section({ environment: environmentSchema, teacher: teacherSchema }))
    .refine((tasks) => Object.keys(tasks).length > 0, 'name at least one task')
    .describe('by name, each with its environment and its teacher'),
  student: section({
    model: modelSchema.describe(
      'takes flat observations, filled up to the widest; its last layer holds a head for each task',
    ),
    objective: objectives(OBJECTIVES).default([{ 'policy-kl': { temperature: 0.01 }, weight: 1 }]),
    steps: count.describe('updates, each on one minibatch of every task'),
    evaluateEvery: count.default(500).describe('updates between validations'),
    rollouts: rolloutsOptions.omit({ id: true }).describe('of each task'),
    ...updateShape,
  }),
  evaluation: section({
    episodes: z.number().int().min(2).default(100).describe('final episodes of each policy'),
    validationEpisodes: z.number().int().min(2).default(20).describe('during training, from other seeds'),
  }).default({ episodes: 100, validationEpisodes: 20 }),
});

/** Multi-task policy distillation (Rusu et al. 2016): a teacher for each task, one student with a head for each. */
export default experiment({
  description: 'multi-task policy distillation: a teacher for each task, one student with an output layer for each',
  schema,
  catalogue: policyCatalogue,
  build: async (config, context) => {
    const { rng } = context;
    const { validationEpisodes } = config.evaluation;
    const names = Object.keys(config.tasks);
    const tasks = names.map((name) => {
      const { environment: id, teacher: part } = config.tasks[name]!;
      const title = `teacher of ${dynamicsOf(id).id}, by ${algorithmOf(part)}`;
      const place = { name: `teacher-${name}`, title, id, seed: config.seed, validationEpisodes, context };
      return { name, id, part, teacher: policyTeacher(part, place) };
    });
    const layout = layoutOf(tasks.map(({ id }) => id));
    const network = buildModel(config.student.model, {
      id: 'student',
      inputShape: [layout.width],
      classes: layout.tasks.length * layout.actions,
      rng: rng.split('student'),
    });
    const student = multitaskPolicy(network, layout);
    const views = tasks.map((_, t) => taskView(network, layout, t));
    const objective = buildObjective(config.student.objective, OBJECTIVES);
    const { student: part } = config;
    return {
      stages: [
        ...tasks.flatMap(({ teacher: { stage } }) => (stage === undefined ? [] : [stage])),
        {
          name: 'student',
          title: `one student for ${tasks.length} tasks (${objective.name})`,
          learners: [learnerOf('student', student, objective, part)],
          teachers: [
            multitaskTeacher(
              tasks.map(({ teacher }) => teacher.taught),
              layout,
            ),
          ],
          source: multitaskSource(
            tasks.map(({ id, teacher }, t) => ({
              source: rollouts({ ...part.rollouts, id }),
              student: views[t]!,
              teacher: teacher.taught,
            })),
            layout,
          ),
          steps: part.steps,
          evaluation: {
            every: part.evaluateEvery,
            measure: () =>
              Object.fromEntries(
                tasks.map(({ name, id }, t) => [
                  `validationReturn.${name}`,
                  validationReturn(views[t]!, id, validationEpisodes, rng),
                ]),
              ),
          },
        },
      ],
      datasets: [],
      models: {
        ...Object.fromEntries(tasks.map(({ name, teacher }) => [`teacher-${name}`, teacher.policy])),
        student: network,
      },
      evaluate: async (trained) => {
        const { results, scores } = multitaskResults({
          episodes: config.evaluation.episodes,
          rng,
          network,
          description: part.model,
          tasks: tasks.map(({ name, id, part: own, teacher }, t) => ({
            name,
            id,
            description: describeTeacher(own),
            teacher: teacher.policy,
            student: views[t]!,
            summary: teacher.summary(trained),
          })),
          summary: trained.student!,
        });
        tasks.forEach(({ teacher }, t) => {
          teacher.keep(scores[t]!, trained);
        });
        return results;
      },
    };
  },
});
