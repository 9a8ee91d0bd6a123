import { actorCritic } from '../../envs/ppo/actor-critic';
import type { Model } from '../../src/core/types';
import type { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';

/** A small CartPole policy. */
export function smallPolicy(rng: Rng, id = 'student'): Model {
  return mlp({ id, input: 4, classes: 2, hidden: [8], rng });
}

/** A small CartPole policy with a value function. */
export function smallActorCritic(rng: Rng, id = 'student'): Model {
  const value = mlp({ id: `${id}-value`, input: 4, classes: 1, hidden: [8], rng: rng.split('value') });
  return actorCritic({ id, policy: smallPolicy(rng.split('policy'), `${id}-policy`), value });
}
