import { z } from 'zod';
import { KdlabError, messageOf } from '../src/core/errors';
import { unknownName } from '../src/core/section';
import type { Rng } from '../src/math/rng';
import { cartpoleRegistration } from './cartpole';
import { acrobot } from './classic/acrobot';
import { mountainCar } from './classic/mountain-car';
import { mountainCarContinuous } from './classic/mountain-car-continuous';
import { pendulum } from './classic/pendulum';
import type { Dynamics } from './dynamics';
import { type Environment, environmentOf } from './environment';
import { minAtarGames } from './minatar/minatar';
import { pooledStepping } from './pool/pool';
import { fixed, type Registration } from './registration';
import { reacher } from './robotics/reacher';
import { type EnvironmentSpec, parsed, told, wrapped } from './spec';
import { cliffWalkings } from './tabular/cliff-walking';
import { frozenLakes } from './tabular/frozen-lake';
import { gridWorlds } from './tabular/grid-world';
import { taxi } from './tabular/taxi';
import { VectorEnvironment } from './vector';

export type { EnvironmentSpec } from './spec';

const registered: readonly Registration[] = [
  cartpoleRegistration,
  fixed(acrobot),
  mountainCar,
  mountainCarContinuous,
  pendulum,
  reacher,
  ...frozenLakes,
  ...cliffWalkings,
  fixed(taxi),
  ...gridWorlds,
  ...minAtarGames,
];

function registrationOf(id: string): Registration {
  const found = registered.find((registration) => registration.id === id);
  if (found !== undefined) return found;
  throw new KdlabError(
    unknownName(
      'environment',
      id,
      registered.map((registration) => registration.id),
    ),
  );
}

/** Made once for each spec: normalisation may have to measure its moments. */
const made = new Map<string, Dynamics>();

/**
 * The dynamics of an environment with its options and wrappers. Throws a KdlabError naming the nearest id for an unknown
 * one, and what is wrong with options or wrappers.
 */
export function dynamicsOf(spec: EnvironmentSpec): Dynamics {
  const key = JSON.stringify(spec);
  let dynamics = made.get(key);
  if (dynamics === undefined) {
    const { id, options, wrappers } = typeof spec === 'string' ? { id: spec } : { options: {}, wrappers: [], ...spec };
    const registration = registrationOf(id);
    const inner = registration.build(
      parsed(registration.options, options ?? {}, `${id}: options`),
      `${id}${told(options)}`,
    );
    dynamics = wrapped(inner, wrappers ?? []);
    made.set(key, dynamics);
  }
  return dynamics;
}

/** One environment by its id or spec. Throws as `dynamicsOf` does. */
export function make(spec: EnvironmentSpec): Environment {
  return environmentOf(dynamicsOf(spec));
}

/**
 * A vector of environments by their id or spec, reset and ready to step; with `workers` by as many threads, for slow
 * environments. Throws as `make` does.
 */
export function makeVector({
  id,
  environments,
  rng,
  workers = 0,
}: {
  id: EnvironmentSpec;
  environments: number;
  rng: Rng;
  workers?: number;
}): VectorEnvironment {
  const dynamics = dynamicsOf(id);
  if (workers === 0) return new VectorEnvironment(dynamics, { environments, rng });
  return new VectorEnvironment(dynamics, {
    environments,
    rng,
    stepped: (keys) => pooledStepping(dynamics, id, keys, workers),
  });
}

/** Every registered environment with one line about it. */
export function list(): readonly { readonly id: string; readonly description: string }[] {
  return registered.map(({ id, description }) => ({ id, description }));
}

/** Names of the options that an environment takes. */
export function optionsOf(id: string): readonly string[] {
  const { options } = registrationOf(id);
  return options instanceof z.ZodObject ? Object.keys(options.shape) : [];
}

/** A spec from a command line: an id, or JSON. Throws KdlabError as `dynamicsOf` does, and for what is no JSON. */
export function readSpec(text: string): EnvironmentSpec {
  if (!text.startsWith('{')) return text;
  try {
    return parsed(environmentSchema, JSON.parse(text), text);
  } catch (error) {
    throw error instanceof SyntaxError ? new KdlabError(`${text}: ${error.message}`) : error;
  }
}

/**
 * Schema of an environment in a configuration: `CartPole-v1`, or `{ id, options, wrappers }`. Everything is checked by
 * making it; the output is what was given, so that a plain id stays one.
 */
export const environmentSchema: z.ZodType<EnvironmentSpec> = z
  .union([
    z.string(),
    z.strictObject({
      id: z.string(),
      options: z.record(z.string(), z.unknown()).optional(),
      wrappers: z.array(z.unknown()).optional(),
    }),
  ])
  .transform((spec, context): EnvironmentSpec => {
    try {
      dynamicsOf(spec as EnvironmentSpec);
    } catch (error) {
      context.addIssue({ code: 'custom', message: messageOf(error) });
      return z.NEVER;
    }
    return spec as EnvironmentSpec;
  })
  .describe('an id such as CartPole-v1, or {id, options, wrappers}: see "kdlab env list"');
