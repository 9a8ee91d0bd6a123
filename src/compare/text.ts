import type { Interval } from '../core/results';
import { formatInterval, formatNumber } from '../report/format';
import { type Comparison, type Family, modelOf } from './comparison';
import type { OverSeeds } from './groups';

/** Rows of cells, the first row being the head. */
export type Rows = readonly (readonly string[])[];

const NONE = '–';

/** The compared metric: a row a group, a column a model. */
export function metricRows({ groups, metric }: Comparison): Rows {
  const keys = [...new Set(groups.flatMap(({ models }) => models.map(({ key }) => key)))];
  const beside = groups.flatMap(({ models }) => models.flatMap((model) => model.measured[metric] ?? []));
  return [
    ['', metric, 'seeds', ...keys],
    ...groups.map((group) => [
      group.letter,
      group.label,
      String(group.seeds.length),
      ...keys.map((key) => formatOver(modelOf(group, key)?.measured[metric], beside)),
    ]),
  ];
}

/** Everything else that was measured of the compared model: a row a quantity, a column a group. */
export function detailRows({ groups, metric, model }: Comparison): Rows {
  const models = groups.map((group) => modelOf(group, model));
  const names = [...new Set(models.flatMap((each) => Object.keys(each?.measured ?? {})))].filter((n) => n !== metric);
  return [
    [model, ...groups.map(({ letter }) => letter)],
    ['parameters', ...models.map((each) => (each === undefined ? NONE : formatNumber(each.parameters)))],
    ['latency p50, ms', ...models.map((each) => formatOver(each?.latency))],
    ...names.map((name) => {
      const all = models.map((each) => each?.measured[name]);
      const known = all.filter((each) => each !== undefined);
      return [name, ...all.map((each) => formatOver(each, known))];
    }),
  ];
}

/** A row a test: difference with its interval, p values plain and corrected, effect. */
export function testRows({ tests }: Family): Rows {
  return [
    ['', 'pairs', 'difference', 't test p', 'Holm', 'signed-rank p', 'Holm', 'effect d'],
    ...tests.map(({ first, second, seeds, result }) => {
      const what = `${first} − ${second}`;
      if (result === undefined)
        return [what, String(seeds.length), 'fewer than two common seeds', ...Array<string>(5).fill(NONE)];
      const { value, bounds } = formatInterval(asInterval(result.difference, result.n));
      return [
        what,
        String(result.n),
        `${value} ${bounds}`,
        formatP(result.tTest),
        formatP(result.tTestHolm),
        formatP(result.signedRank),
        formatP(result.signedRankHolm),
        Number.isNaN(result.effect) ? NONE : formatNumber(result.effect),
      ];
    }),
  ];
}

/** Keys in which the groups differ: a row a key, a column a group. */
export function differenceRows({ groups, differences }: Comparison): Rows {
  return [
    ['key', ...groups.map(({ letter }) => letter)],
    ...differences.map(({ path, values }) => [
      path,
      ...values.map((value) =>
        value === undefined ? NONE : typeof value === 'string' ? value : JSON.stringify(value),
      ),
    ]),
  ];
}

/** `0.0252 [0.0229, 0.0275]`; one seed has no interval. */
export function formatOver(over: OverSeeds | undefined, beside: readonly Interval[] = []): string {
  if (over === undefined) return NONE;
  if (over.n === 1) return formatNumber(over.mean);
  const { value, bounds } = formatInterval(
    over,
    beside.filter(({ n }) => n > 1),
  );
  return `${value} ${bounds}`;
}

/** Three decimals, or `< 0.001`. */
export function formatP(p: number): string {
  if (Number.isNaN(p)) return NONE;
  return p < 0.001 ? '< 0.001' : p.toFixed(3);
}

export function asInterval({ mean, low, high }: { mean: number; low: number; high: number }, n: number): Interval {
  return { mean, low, high, n, method: 'student-t' };
}
