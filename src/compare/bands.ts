import { studentT } from '../math/statistics';
import type { Point } from '../report/journal';
import type { Group } from './groups';

/** A learning curve over the seeds of a group: mean and 95 % interval at each step that every seed has logged. */
export interface Band {
  readonly letter: string;
  readonly seeds: number;
  readonly points: readonly {
    readonly step: number;
    readonly mean: number;
    readonly low: number;
    readonly high: number;
  }[];
}

/** One metric of one stage, a band a group. */
export interface BandChart {
  readonly key: string;
  readonly bands: readonly Band[];
}

const MOST_POINTS = 160;

/** The band of some seeds' curves: empty where they have no two steps in common. Long curves are thinned evenly. */
export function bandOf(curves: readonly (readonly Point[])[]): Band['points'] {
  const bySteps = curves.map((points) => new Map(points.map(({ step, value }) => [step, value])));
  const common = [...(bySteps[0]?.keys() ?? [])].filter((step) =>
    bySteps.every((values) => Number.isFinite(values.get(step))),
  );
  if (common.length < 2) return [];
  const stride = Math.max(1, common.length / MOST_POINTS);
  const kept = Array.from({ length: Math.min(common.length, MOST_POINTS) }, (_, i) => common[Math.floor(i * stride)]!);
  if (kept.at(-1) !== common.at(-1)) kept.push(common.at(-1)!);
  return kept.map((step) => {
    const { mean, low, high } = studentT(bySteps.map((values) => values.get(step)!));
    return Number.isFinite(low) ? { step, mean, low, high } : { step, mean, low: mean, high: mean };
  });
}

/** Charts of the metrics that the groups have in common, those of the student's first, validation before losses. */
export function bandCharts(groups: readonly Group[]): BandChart[] {
  const keys = [...new Set(groups.flatMap(({ runs }) => runs.flatMap(({ curves }) => [...curves.keys()])))];
  return keys
    .filter((key) => !/learningRate$|\/time\//.test(key))
    .map((key) => ({
      key,
      bands: groups.flatMap(({ letter, runs }): Band[] => {
        const curves = runs.flatMap((run) => run.curves.get(key) ?? []);
        const points = curves.length === 0 ? [] : bandOf(runs.map((run) => run.curves.get(key) ?? []));
        return points.length === 0 ? [] : [{ letter, seeds: runs.length, points }];
      }),
    }))
    .filter(({ bands }) => bands.length > 0)
    .sort((a, b) => rank(a.key) - rank(b.key));
}

function rank(key: string): number {
  const stage = key.startsWith('student') ? 0 : key.startsWith('baseline') ? 10 : 20;
  return stage + (/validation|return|error|accuracy/i.test(key) ? 0 : /\/loss$/.test(key) ? 1 : 2);
}
