import type { Point } from './journal';
import { type Ink, inkOf } from './palette';

/** One stage's line in a chart. */
export interface Curve {
  readonly stage: string;
  readonly ink: Ink;
  /** Finite values only, by step. */
  readonly points: readonly Point[];
  /** A moving average, where the points are too noisy to follow by eye. */
  readonly smooth?: readonly Point[];
  /** How many values were NaN or infinite and cannot be drawn. */
  readonly nonFinite: number;
}

/** One metric over the steps of every stage that logged it. */
export interface CurveChart {
  readonly metric: string;
  readonly log: boolean;
  readonly curves: readonly Curve[];
}

/** Values logged once or never finite: nothing to draw a line through. */
export interface Single {
  readonly key: string;
  readonly step: number;
  readonly value: number;
}

const ROUGH_FROM = 40;

/**
 * Groups `<stage>/<metric>` series into one chart a metric, charts that answer a reader's first questions first: the
 * primary metric, losses, the rest, learning rates and timings.
 */
export function groupCurves(
  metrics: ReadonlyMap<string, readonly Point[]>,
  primaryMetric?: string,
): { readonly charts: readonly CurveChart[]; readonly singles: readonly Single[] } {
  const byMetric = new Map<string, { stage: string; points: readonly Point[] }[]>();
  const singles: Single[] = [];
  const stages = [...new Set([...metrics.keys()].map((key) => splitKey(key).stage))];
  for (const [key, points] of metrics) {
    const { stage, metric } = splitKey(key);
    const first = points[0];
    if (points.filter(isFinitePoint).length > 1)
      byMetric.set(metric, [...(byMetric.get(metric) ?? []), { stage, points }]);
    else if (first !== undefined) singles.push({ key, ...(points.find(isFinitePoint) ?? first) });
  }
  const charts = [...byMetric].map(([metric, series]) => chartOf(metric, series, stages));
  return { charts: charts.sort((a, b) => rank(a.metric, primaryMetric) - rank(b.metric, primaryMetric)), singles };
}

function chartOf(
  metric: string,
  series: readonly { stage: string; points: readonly Point[] }[],
  stages: readonly string[],
): CurveChart {
  const drawn = series.map(({ stage, points }) => ({
    stage,
    all: points.length,
    points: points.filter(isFinitePoint),
  }));
  const log = spansDecades(drawn.flatMap(({ points }) => points.map(({ value }) => value)));
  const curves = drawn.map(({ stage, all, points }) => ({
    stage,
    ink: inkOf(stage, stages),
    points,
    nonFinite: all - points.length,
    ...(isRough(points, log) ? { smooth: movingAverage(points) } : {}),
  }));
  return { metric, log, curves };
}

/** True where all values are positive and the middle 98 % of them span two decades. */
export function spansDecades(values: readonly number[]): boolean {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] ?? 0;
  return at(0) > 0 && at(0.99) >= 100 * at(0.01);
}

/** True where a line goes up and down many times over its whole range. */
function isRough(points: readonly Point[], log: boolean): boolean {
  if (points.length < ROUGH_FROM) return false;
  const heights = points.map(({ value }) => (log ? Math.log(value) : value));
  let way = 0;
  let low = heights[0]!;
  let high = low;
  for (let i = 1; i < heights.length; i++) {
    way += Math.abs(heights[i]! - heights[i - 1]!);
    low = Math.min(low, heights[i]!);
    high = Math.max(high, heights[i]!);
  }
  return way > 6 * (high - low);
}

/** Centred, so that it does not lag; `reach` points to each side, about a sixtieth of all, as far as there are any. */
export function movingAverage(points: readonly Point[], reach = Math.max(1, Math.round(points.length / 60))): Point[] {
  const sums = new Float64Array(points.length + 1);
  for (const [i, { value }] of points.entries()) sums[i + 1] = sums[i]! + value;
  return points.map(({ step }, i) => {
    const [from, to] = [Math.max(0, i - reach), Math.min(points.length, i + reach + 1)];
    return { step, value: (sums[to]! - sums[from]!) / (to - from) };
  });
}

function splitKey(key: string): { stage: string; metric: string } {
  const slash = key.indexOf('/');
  return slash < 0 ? { stage: '', metric: key } : { stage: key.slice(0, slash), metric: key.slice(slash + 1) };
}

function rank(metric: string, primaryMetric: string | undefined): number {
  const name = metric.toLowerCase();
  if (metric === primaryMetric) return 0;
  if (primaryMetric !== undefined && name.includes(primaryMetric.toLowerCase())) return 1;
  if (name === 'loss') return 2;
  if (name.includes('loss')) return 3;
  return name.startsWith('time/') || name.endsWith('learningrate') ? 5 : 4;
}

function isFinitePoint({ value }: Point): boolean {
  return Number.isFinite(value);
}
