import { closest } from 'fastest-levenshtein';
import { KdlabError } from '../src/core/errors';
import type { Rng } from '../src/math/rng';
import { cartpole } from './cartpole';
import { acrobot } from './classic/acrobot';
import { mountainCar } from './classic/mountain-car';
import { mountainCarContinuous } from './classic/mountain-car-continuous';
import { pendulum } from './classic/pendulum';
import type { Dynamics } from './dynamics';
import { type Environment, environmentOf } from './environment';
import { games, minAtar } from './minatar/minatar';
import { cliffWalking } from './tabular/cliff-walking';
import { frozenLake } from './tabular/frozen-lake';
import { gridWorlds } from './tabular/grid-world';
import { taxi } from './tabular/taxi';
import { VectorEnvironment } from './vector';

const registered: readonly Dynamics[] = [
  cartpole,
  acrobot,
  mountainCar,
  mountainCarContinuous,
  pendulum,
  frozenLake({ id: 'FrozenLake-v1', lake: '4x4', maxEpisodeSteps: 100 }),
  frozenLake({ id: 'FrozenLake8x8-v1', lake: '8x8', maxEpisodeSteps: 200 }),
  cliffWalking({ id: 'CliffWalking-v1', slippery: false }),
  cliffWalking({ id: 'CliffWalkingSlippery-v1', slippery: true }),
  taxi,
  ...gridWorlds,
  ...games.flatMap((game) => [minAtar(game, { version: 0 }), minAtar(game, { version: 1 })]),
];

/** The dynamics registered under an id. Throws a KdlabError naming the nearest id for an unknown one. */
export function dynamicsOf(id: string): Dynamics {
  const found = registered.find((dynamics) => dynamics.id === id);
  if (found !== undefined) return found;
  const ids = registered.map((dynamics) => dynamics.id);
  throw new KdlabError(
    `unknown environment "${id}"; did you mean "${closest(id, ids)}"? (registered: ${ids.join(', ')})`,
  );
}

/** One environment by its id. Throws a KdlabError naming the nearest id for an unknown one. */
export function make(id: string): Environment {
  return environmentOf(dynamicsOf(id));
}

/** A vector of environments by their id, reset and ready to step. Throws as `make` does. */
export function makeVector({ id, environments, rng }: { id: string; environments: number; rng: Rng }) {
  return new VectorEnvironment(dynamicsOf(id), { environments, rng });
}

/** Every registered environment with one line about it. */
export function list(): readonly { readonly id: string; readonly description: string }[] {
  return registered.map(({ id, description }) => ({ id, description }));
}
