import { type Interval, keysOf } from '../core/results';
import { studentT } from '../math/statistics';
import type { Outcome } from '../run/execute';
import { table } from './summary';

/** By model (its role, with its name where there are several of it) and metric: mean over seeds with a Student-t 95 % interval, and the single values. */
export type AcrossSeeds = Record<string, Record<string, Interval & { readonly values: readonly number[] }>>;

export function acrossSeeds(outcomes: readonly Outcome[]): AcrossSeeds {
  const out: AcrossSeeds = {};
  const finished = outcomes.flatMap(({ record }) => (record.results === undefined ? [] : [record.results]));
  const first = finished[0]?.models ?? [];
  keysOf(first).forEach((key, i) => {
    const { metrics, fidelity } = first[i]!;
    const summary: AcrossSeeds[string] = {};
    for (const name of Object.keys({ ...metrics, ...fidelity })) {
      const values = finished.flatMap(({ models }) => {
        const model = models[keysOf(models).indexOf(key)];
        const value = model?.metrics[name] ?? model?.fidelity?.[name];
        return value === undefined ? [] : [value.mean];
      });
      summary[name] = { ...studentT(values), values };
    }
    out[key] = summary;
  });
  return out;
}

export function seedTable(summary: AcrossSeeds): string {
  const rows = Object.entries(summary).flatMap(([key, metrics]) =>
    Object.entries(metrics).map(([name, { mean, low, high, values }]) => [
      `${key} ${name}`,
      mean.toPrecision(4),
      `[${low.toPrecision(4)}, ${high.toPrecision(4)}]`,
      values.map((value) => value.toPrecision(4)).join(' '),
    ]),
  );
  return table([['over seeds', 'mean', '95 % interval', 'each'], ...rows]);
}
