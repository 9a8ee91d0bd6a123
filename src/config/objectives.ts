import { z } from 'zod';
import { named, nameOf, splitNamed } from '../core/named';
import { combine, type ObjectiveDefinition, type ObjectivePlace, type Weight } from '../core/objective';
import { resolveNamed } from '../core/resolve';
import { schedule } from '../core/schedule';
import type { Objective } from '../core/types';

export type Entry = { readonly weight: Weight } & { readonly [name: string]: unknown };

/**
 * Schema of the objectives of a stage: a name, one `{name: {…}}` or a list of `{name: {…}, weight: …}`, where the
 * weight is a number, a schedule or `learned`. Output is always the list, with defaults filled in.
 */
export function objectives(folders: readonly string[]): z.ZodType<readonly Entry[]> {
  const part = named('objective', folders);
  const scheduled = schedule({ min: 0 });
  return z.unknown().transform((value, context): readonly Entry[] => {
    const list = Array.isArray(value) ? value : [value];
    if (list.length === 0)
      context.addIssue({ code: 'custom', message: 'the list of objectives is empty; name at least one' });
    return list.flatMap((item: unknown, i) => {
      const path = Array.isArray(value) ? [i] : [];
      const refuse = (message: string, inner: PropertyKey[] = []) => {
        context.addIssue({ code: 'custom', message, path: [...path, ...inner] });
        return [];
      };
      const split = splitNamed(item, folders, ['weight']);
      if (typeof split === 'string') return refuse(split);
      const parsed = part.safeParse(split.part);
      // Not a union: its error would only say that neither fits.
      const given = split.rest.weight ?? 1;
      const weighed = (given === 'learned' ? z.literal(given) : scheduled).safeParse(given);
      if (!parsed.success) for (const issue of parsed.error.issues) refuse(issue.message, issue.path);
      if (!weighed.success) for (const issue of weighed.error.issues) refuse(issue.message, ['weight', ...issue.path]);
      return parsed.success && weighed.success ? [{ ...parsed.data, weight: weighed.data } as unknown as Entry] : [];
    });
  });
}

/** Builds what `objectives` validated, for its place; objectives with parameters or layers to map need one. */
export function buildObjective(
  entries: readonly Entry[],
  folders: readonly string[],
  place?: ObjectivePlace,
): Objective {
  return combine(
    entries.map(({ weight, ...part }) => {
      const { name, options } = nameOf(part as Parameters<typeof nameOf>[0]);
      const definition = resolveNamed<ObjectiveDefinition>('objective', folders, name);
      return { objective: { name, ...definition.build(options, place) }, weight };
    }),
  );
}
