import type { DatasetInput, MetricPoint, Rejected } from './types';

/** Limits of the tracking server (mlflow/utils/validation.py, 3.11). Longer values it would cut without a word. */
export const LIMITS = {
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  experimentName: 500,
  /** 20,000 from 3.17 on; the smaller number holds everywhere. */
  experimentTagValue: 5000,
  registryTagValue: 100_000,
  datasetName: 500,
  datasetDigest: 36,
  datasetSource: 65_535,
  datasetSchema: 1_048_575,
  datasetProfile: 16_777_215,
} as const;

/** Names found good lately: the same few come again with every step. */
const good = new Set<string>();
const REMEMBERED = 10_000;

/** Why the server would refuse this name of a metric, parameter or tag; undefined where it would not. */
export function problemOfKey(key: string): string | undefined {
  if (good.has(key)) return undefined;
  const problem = findProblem(key);
  if (problem === undefined) {
    if (good.size >= REMEMBERED) good.clear();
    good.add(key);
  }
  return problem;
}

function findProblem(key: string): string | undefined {
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

/** Why the server would refuse this data set, or its store cut it; undefined where neither. */
export function problemOfDataset({
  name,
  digest,
  source,
  schema = '',
  profile = '',
}: DatasetInput): string | undefined {
  if (name === '') return 'a data set needs a name';
  const limited = [
    ['name', name, LIMITS.datasetName],
    ['digest', digest, LIMITS.datasetDigest],
    ['source', source, LIMITS.datasetSource],
    ['schema', schema, LIMITS.datasetSchema],
    ['profile', profile, LIMITS.datasetProfile],
  ] as const;
  for (const [part, text, limit] of limited)
    if (text.length > limit)
      return `the ${part} of data set "${name}" has ${text.length} characters, at most ${limit} are allowed`;
  return undefined;
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
