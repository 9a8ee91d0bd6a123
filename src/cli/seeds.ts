import type { Interval } from '../core/results';
import { studentT } from '../math/statistics';
import type { Outcome } from '../run/execute';
import { table } from './summary';

/** By model role and metric: mean over seeds with a Student-t 95 % interval, and the single values. */
export type AcrossSeeds = Record<string, Record<string, Interval & { readonly values: readonly number[] }>>;

export function acrossSeeds(outcomes: readonly Outcome[]): AcrossSeeds {
  const out: AcrossSeeds = {};
  const finished = outcomes.flatMap(({ record }) => (record.results === undefined ? [] : [record.results]));
  for (const { role, metrics, fidelity } of finished[0]?.models ?? []) {
    out[role] = {};
    for (const name of Object.keys({ ...metrics, ...fidelity })) {
      const values = finished.flatMap(({ models }) => {
        const model = models.find((candidate) => candidate.role === role);
        const value = model?.metrics[name] ?? model?.fidelity?.[name];
        return value === undefined ? [] : [value.mean];
      });
      out[role][name] = { ...studentT(values), values };
    }
  }
  return out;
}

export function seedTable(summary: AcrossSeeds): string {
  const rows = Object.entries(summary).flatMap(([role, metrics]) =>
    Object.entries(metrics).map(([name, { mean, low, high, values }]) => [
      `${role} ${name}`,
      mean.toPrecision(4),
      `[${low.toPrecision(4)}, ${high.toPrecision(4)}]`,
      values.map((value) => value.toPrecision(4)).join(' '),
    ]),
  );
  return table([['over seeds', 'mean', '95 % interval', 'each'], ...rows]);
}
