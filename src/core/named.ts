import { z } from 'zod';
import { messageOf } from './errors';
import { namesIn, resolveNamed } from './resolve';
import { unknownName } from './section';

/** A part chosen by its file's name with its options: `{ kd: { temperature: 4, alpha: 0.9 } }`. */
export type Named = { readonly [name: string]: Readonly<Record<string, unknown>> };

interface Definition {
  readonly options: z.ZodType;
}

/**
 * Schema of a part named by its file: `kd`, `{ kd: {…} }`. The options are checked by the file's own schema and
 * its defaults filled in; an unknown name lists its nearest sibling. The output parses to itself.
 */
export function named(kind: string, folders: readonly string[]): z.ZodType<Named> {
  return z.unknown().transform((value, context): Named => {
    const refuse = (message: string, path: PropertyKey[] = []) => {
      context.addIssue({ code: 'custom', message, path });
      return z.NEVER;
    };
    const entries = typeof value === 'string' ? [[value, {}] as const] : Object.entries(isRecord(value) ? value : {});
    const [name, options] = entries[0] ?? [];
    if (entries.length !== 1 || name === undefined)
      return refuse(
        `expected one ${kind} by name, such as {${namesIn(folders)[0]}: {…}}; known: ${namesIn(folders).join(', ')}`,
      );
    let definition: Definition;
    try {
      definition = resolveNamed<Definition>(kind, folders, name);
    } catch (error) {
      return refuse(messageOf(error));
    }
    const parsed = definition.options.safeParse(options ?? {});
    if (!parsed.success) {
      for (const issue of parsed.error.issues) refuse(issue.message, [name, ...issue.path]);
      return z.NEVER;
    }
    return { [name]: parsed.data as Readonly<Record<string, unknown>> };
  });
}

/** The name and the options of a validated part. */
export function nameOf(part: Named): { name: string; options: Readonly<Record<string, unknown>> } {
  const [name, options] = Object.entries(part)[0]!;
  return { name, options };
}

/** A validated part in words: `mlp, hidden 64-64, activation tanh`. Options that are zero or switched off are left out. */
export function describePart(part: Named): string {
  const { name, options } = nameOf(part);
  const told = Object.entries(options).filter(([, value]) => value !== 0 && value !== false && value !== undefined);
  const words = (value: unknown) =>
    Array.isArray(value) ? value.join('-') : isRecord(value) ? JSON.stringify(value) : value;
  return [name, ...told.map(([key, value]) => `${key} ${words(value)}`)].join(', ');
}

/** Splits `{ kd: {…}, weight: 2 }` into the part and the rest; refuses other keys beside the part's name. */
export function splitNamed(
  value: unknown,
  folders: readonly string[],
  extras: readonly string[],
): { part: unknown; rest: Record<string, unknown> } | string {
  if (typeof value === 'string') return { part: value, rest: {} };
  if (!isRecord(value)) return `expected a name or {name: {…}}; known: ${namesIn(folders).join(', ')}`;
  const rest = Object.fromEntries(Object.entries(value).filter(([key]) => extras.includes(key)));
  const part = Object.fromEntries(Object.entries(value).filter(([key]) => !extras.includes(key)));
  const unknown = Object.keys(part).filter((key) => !namesIn(folders).includes(key));
  if (Object.keys(part).length > 1 && unknown.length > 0)
    return unknownName('key', unknown[0]!, [...extras, ...namesIn(folders)]);
  return { part, rest };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
