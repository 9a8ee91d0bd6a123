import { closest } from 'fastest-levenshtein';
import { z } from 'zod';

/** A strict object schema whose message for an unknown key names the nearest valid one. */
export function section<S extends z.ZodRawShape>(shape: S) {
  const keys = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      return issue.keys.map((key) => unknownName('key', key, keys)).join('; ');
    },
  });
}

/** "unknown key "learningRat"; did you mean "learningRate"? (valid: …)". */
export function unknownName(kind: string, found: string, valid: readonly string[]): string {
  if (valid.length === 0) return `unknown ${kind} "${found}"; none is known here`;
  return `unknown ${kind} "${found}"; did you mean "${closest(found, [...valid])}"? (valid: ${valid.join(', ')})`;
}
