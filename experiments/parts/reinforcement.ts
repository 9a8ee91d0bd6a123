import path from 'node:path';
import { z } from 'zod';
import { dueling } from '../../envs/dqn/dueling';
import dqn from '../../envs/dqn/objective';
import { dqnReplay, dqnReplayOptions, dqnUpdatesFor } from '../../envs/dqn/replay';
import { actorCritic } from '../../envs/ppo/actor-critic';
import ppo from '../../envs/ppo/objective';
import { ppoRollouts, ppoRolloutsOptions, updatesFor } from '../../envs/ppo/rollouts';
import { type EnvironmentSpec, list as environments } from '../../envs/registry';
import { buildObjective, type Entry } from '../../src/config/objectives';
import { FOLDERS, modelSchema } from '../../src/config/training';
import type { Named } from '../../src/core/named';
import { describeAll } from '../../src/core/resolve';
import { section } from '../../src/core/section';
import type { Stage } from '../../src/core/trainer';
import type { Model, Objective, Teacher } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { learnerOf, sharedCatalogue, updateShape } from './estimators';

/** Where the objectives of policies are found. */
export const OBJECTIVES = [path.resolve(__dirname, '../../envs/objectives'), FOLDERS.objectives];

/** What experiments with policies choose from. */
export const policyCatalogue = () => ({
  ...sharedCatalogue(),
  objectives: describeAll('objective', OBJECTIVES),
  environments: environments().map(({ id, description }) => ({ name: id, description })),
});

/** Keys of learning by reinforcement: PPO with a critic, or Q-learning where `dqn` is there. */
export const reinforcementShape = {
  value: modelSchema.optional().describe('the critic of PPO, used in training only'),
  rollouts: ppoRolloutsOptions.omit({ id: true }).optional().describe('of PPO'),
  objective: ppo.options.optional().describe('of PPO'),
  dqn: section({
    ...dqnReplayOptions.omit({ id: true, envSteps: true }).shape,
    dueling: z.boolean().default(false).describe('value and advantages from a head each (Wang et al. 2016)'),
  })
    .optional()
    .describe('Q-learning in the place of PPO'),
  ...updateShape,
};

const reinforcement = z.object(reinforcementShape);
export type Reinforcement = z.output<typeof reinforcement>;

/** Refuses keys of PPO beside `dqn`, and PPO without a critic. */
export function checkReinforcement(
  { value, rollouts, objective, dqn }: Partial<Reinforcement>,
  context: { addIssue(issue: { code: 'custom'; message: string; path: PropertyKey[] }): void },
): void {
  const refuse = (key: string, message: string) => context.addIssue({ code: 'custom', message, path: [key] });
  if (dqn === undefined && value === undefined)
    refuse('value', 'PPO needs a critic, for example {mlp: {hidden: [64, 64]}}; or learn by Q-learning with dqn');
  if (dqn === undefined) return;
  for (const [key, given] of Object.entries({ value, rollouts, objective }))
    if (given !== undefined) refuse(key, 'is of PPO, but dqn is there; give one of them');
}

export interface ReinforcementPlace {
  readonly name: string;
  readonly title: string;
  readonly id: EnvironmentSpec;
  /** Builds the policy with this number of outputs, and others beside it. */
  build(part: Named, key: string, outputs: number): Model;
  readonly outputs: number;
  /** The network that acts, under the key of its first weights. */
  readonly policy: { readonly part: Named; readonly key: string };
  readonly envSteps: number;
  readonly teachers?: readonly Teacher[];
  /** In the place of `ppo` alone: objectives beside it that read the teachers. */
  readonly objective?: readonly Entry[];
  readonly rng: Rng;
}

/** A policy that learns by reinforcement: the network that acts, all that is trained with it, and the stage. */
export interface Reinforced {
  readonly policy: Model;
  /** The policy with its critic: what an artifact keeps. */
  readonly trained: Model;
  readonly stage: Omit<Stage, 'evaluation'>;
  /** Updates between two times of acting. */
  readonly updatesPerRound: number;
}

export function reinforced(options: Reinforcement, place: ReinforcementPlace): Reinforced {
  return options.dqn === undefined ? byPpo(options, place) : byDqn(options, options.dqn, place);
}

function byPpo(options: Reinforcement, place: ReinforcementPlace): Reinforced {
  const { name, title, id, build, outputs, envSteps, teachers = [] } = place;
  const settings = { ...ppoRolloutsOptions.omit({ id: true }).parse(options.rollouts ?? {}), id };
  const policy = build(place.policy.part, place.policy.key, outputs);
  const value = build(options.value!, `${name}/value`, 1);
  const trained = actorCritic({ id: name, policy, value });
  const objective: Objective =
    place.objective === undefined
      ? { name: 'ppo', ...ppo.build(options.objective ?? ppo.options.parse({})) }
      : buildObjective(place.objective, OBJECTIVES);
  return {
    policy,
    trained,
    updatesPerRound: settings.epochs * settings.minibatches,
    stage: {
      name,
      title,
      learners: [learnerOf(name, trained, objective, options)],
      teachers,
      source: ppoRollouts(settings),
      steps: updatesFor(envSteps, settings),
    },
  };
}

function byDqn(
  options: Reinforcement,
  { dueling: twoHeads, ...given }: NonNullable<Reinforcement['dqn']>,
  place: ReinforcementPlace,
): Reinforced {
  const { name, title, id, build, outputs, envSteps } = place;
  const network = (key: string) => {
    const made = build(place.policy.part, key, outputs + (twoHeads ? 1 : 0));
    return twoHeads ? dueling(made) : made;
  };
  const policy = network(place.policy.key);
  const settings = { ...given, id, envSteps };
  return {
    policy,
    trained: policy,
    updatesPerRound: given.updatesPerRound,
    stage: {
      name,
      title,
      learners: [learnerOf(name, policy, { name: 'dqn', ...dqn.build({}) }, options)],
      teachers: [],
      source: dqnReplay(settings, network(`${name}/target`)),
      steps: dqnUpdatesFor(settings),
    },
  };
}
