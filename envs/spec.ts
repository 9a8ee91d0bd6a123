import path from 'node:path';
import { z } from 'zod';
import { KdlabError } from '../src/core/errors';
import { type Named, named, nameOf } from '../src/core/named';
import { describeAll, resolveNamed } from '../src/core/resolve';
import type { Dynamics } from './dynamics';
import type { WrapperDefinition } from './wrapper';

const FOLDERS = [path.join(__dirname, 'wrappers')];

/** An environment in a configuration: its id, or the id with options of its own and wrappers, innermost first. */
export type EnvironmentSpec =
  | string
  | {
      readonly id: string;
      readonly options?: Readonly<Record<string, unknown>> | undefined;
      readonly wrappers?: readonly Named[] | undefined;
    };

/** Schema of a list of wrappers: `[sticky-actions, { frame-stack: { frames: 4 } }]`. */
export const wrappersSchema: z.ZodType<readonly Named[]> = z.array(named('wrapper', FOLDERS));

/** Every wrapper with one line about it. */
export function listWrappers(): { name: string; description: string }[] {
  return describeAll('wrapper', FOLDERS);
}

/**
 * The dynamics within wrappers, innermost first. The id tells of them. Throws KdlabError for unknown wrappers, options
 * that they do not take, and wrappers that do not fit the environment.
 */
export function wrapped(dynamics: Dynamics, wrappers: readonly unknown[]): Dynamics {
  return parsed(wrappersSchema, wrappers, `${dynamics.id}: wrappers`).reduce((inner, part, at) => {
    const { name, options } = nameOf(part);
    const given = wrappers[at];
    const outer = resolveNamed<WrapperDefinition>('wrapper', FOLDERS, name).wrap(inner, options);
    return {
      ...outer,
      id: `${inner.id} + ${name}${typeof given === 'string' ? '' : told(nameOf(given as Named).options)}`,
    };
  }, dynamics);
}

/** Options as part of a name: `(map 8x8, slippery false)`; nothing where there are none. */
export function told(options: Readonly<Record<string, unknown>> | undefined | null): string {
  const all = Object.entries(options ?? {}).map(
    ([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`,
  );
  return all.length === 0 ? '' : `(${all.join(', ')})`;
}

/** Throws a KdlabError that names every problem and its place. */
export function parsed<S extends z.ZodType>(schema: S, value: unknown, where: string): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path: at, message }) => [...at, message].join(': '));
  throw new KdlabError(`${where}: ${problems.join('; ')}`);
}
