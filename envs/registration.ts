import type { z } from 'zod';
import { section } from '../src/core/section';
import type { Dynamics } from './dynamics';

/** An environment that can be made by its id, with options of its own. */
export interface Registration<S extends z.ZodType = z.ZodType> {
  readonly id: string;
  readonly description: string;
  /** Strict schema of the options, all with defaults. */
  readonly options: S;
  /** `id` is the name that the dynamics bear. Throws KdlabError where the options do not go together. */
  build(options: z.output<S>, id: string): Dynamics;
}

/** Types a registration by its own schema; nothing else. */
export function registration<S extends z.ZodType>(given: Registration<S>): Registration<S> {
  return given;
}

/** Dynamics without options. */
export function fixed(dynamics: Dynamics): Registration {
  const { id, description } = dynamics;
  return registration({
    id,
    description,
    options: section({}),
    build: (_options, name) => ({ ...dynamics, id: name }),
  });
}
