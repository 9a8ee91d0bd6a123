import type { MetricPoint, Rejected } from './types';

/** Limits of the tracking server (mlflow/utils/validation.py, 3.11). Longer values it would cut without a word. */
export const LIMITS = { key: 250, paramValue: 6000, tagValue: 8000, datasetDigest: 36, experimentName: 500 } as const;

/** Why the server would refuse this name of a metric, parameter or tag; undefined where it would not. */
export function problemOfKey(key: string): string | undefined {
  if (key.length === 0) return 'the name is empty';
  if (key.length > LIMITS.key) return `the name has ${key.length} characters, at most ${LIMITS.key} are allowed`;
  const illegal = key.match(/[^\p{L}\p{N}_/.\- :]/u);
  if (illegal !== null)
    return `the name contains "${illegal[0]}"; letters, digits, and _ / . - : and space are allowed`;
  // Names become paths in the server's user interface and file store.
  if (key.startsWith('..') || key.split('/').some((part) => part === '' || part === '.' || part === '..'))
    return 'the name is no plain path: it must not begin with / or .., end with /, or hold //, . or ..';
  return undefined;
}

export function problemOfMetric({ key, value, timestamp, step }: MetricPoint): string | undefined {
  if (typeof value !== 'number') return `the value is ${JSON.stringify(value)}, expected a number`;
  if (!Number.isSafeInteger(timestamp) || timestamp < 0)
    return `the timestamp is ${timestamp}, expected whole milliseconds since 1970`;
  if (!Number.isSafeInteger(step)) return `the step is ${step}, expected a whole number`;
  return problemOfKey(key);
}

export function problemOfValue(kind: 'param' | 'tag', key: string, value: string): string | undefined {
  if (typeof value !== 'string') return `the value is ${JSON.stringify(value)}, expected a string`;
  const limit = kind === 'param' ? LIMITS.paramValue : LIMITS.tagValue;
  if (value.length > limit) return `the value has ${value.length} characters, at most ${limit} are allowed`;
  return problemOfKey(key);
}

/** Splits a list into what the server will take and what it would refuse or damage. */
export function sift<T extends { readonly key: string }>(
  kind: Rejected['kind'],
  items: readonly T[],
  problemOf: (item: T) => string | undefined,
): { accepted: T[]; rejected: Rejected[] } {
  const accepted: T[] = [];
  const rejected: Rejected[] = [];
  for (const item of items) {
    const reason = problemOf(item);
    if (reason === undefined) accepted.push(item);
    else rejected.push({ kind, key: item.key, reason });
  }
  return { accepted, rejected };
}
