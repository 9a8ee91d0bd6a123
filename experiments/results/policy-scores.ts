import type { LineSeriesOption } from 'echarts';
import {
  aggregates,
  type ProfilePoint,
  performanceProfile,
  probabilityOfImprovement,
  type Scores,
  stratified,
} from '../../envs/evaluation/aggregate';
import { groupInk } from '../../src/compare/charts';
import { KdlabError } from '../../src/core/errors';
import type { Interval } from '../../src/core/results';
import type { Rng } from '../../src/math/rng';
import { axisLook } from '../../src/report/charts';
import { formatInterval } from '../../src/report/format';
import { html, Markup } from '../../src/report/markup';
import { STYLE } from '../../src/report/style';
import { drawSvg } from '../../src/report/svg';
import type { RunRecord } from '../../src/run/record';

const THRESHOLDS = Array.from({ length: 41 }, (_, i) => i / 32);

/** What the runs of one method come to over seeds and tasks. */
export interface MethodScores {
  readonly method: string;
  readonly tasks: number;
  readonly runs: number;
  readonly aggregates: Readonly<Record<keyof typeof aggregates, Interval>>;
  readonly profile: readonly ProfilePoint[];
  /** Probability that this method's run beats the first method's; absent for the first. */
  readonly improvement?: Interval;
}

/**
 * Groups finished runs by method (the run's name without its environment) and task (its environment), takes `metric` of
 * the model in `role`, and aggregates by the protocol of Agarwal et al. (2021). Throws KdlabError for runs that have no
 * such metric.
 */
export function scoresOf(
  records: readonly RunRecord[],
  { metric, role, rng }: { metric: string; role: string; rng: Rng },
): MethodScores[] {
  const methods = new Map<string, Record<string, number[]>>();
  for (const { id, name, config, results } of records) {
    const value = results?.models.find((model) => model.role === role)?.metrics[metric];
    if (value === undefined)
      throw new KdlabError(`run ${id} has no ${metric} of its ${role}; choose finished runs of the experiment rl`);
    const { environment } = config as { environment?: string | { id: string } };
    const task = typeof environment === 'object' ? environment.id : String(environment);
    const scores = methods.get(name) ?? {};
    methods.set(name, { ...scores, [task]: [...(scores[task] ?? []), value.mean] });
  }
  const [first] = methods.values();
  return [...methods].map(([method, scores], i) => ({
    method,
    tasks: Object.keys(scores).length,
    runs: Object.values(scores).flat().length,
    aggregates: aggregated(scores, rng),
    profile: performanceProfile(scores, THRESHOLDS, { rng: rng.split('profile') }),
    ...(i > 0 &&
      sharesTask(scores, first!) && {
        improvement: probabilityOfImprovement(scores, first!, { rng: rng.split('improvement') }),
      }),
  }));
}

function aggregated(scores: Scores, rng: Rng): MethodScores['aggregates'] {
  const entries = Object.entries(aggregates).map(([name, of]) => [
    name,
    stratified(scores, of, { rng: rng.split(name) }),
  ]);
  return Object.fromEntries(entries) as MethodScores['aggregates'];
}

function sharesTask(a: Scores, b: Scores): boolean {
  return Object.keys(a).some((task) => b[task] !== undefined);
}

const COLUMNS = { iqm: 'IQM', mean: 'mean', median: 'median', optimalityGap: 'optimality gap' } as const;

/** One row a method, the first a head. */
export function scoreRows(methods: readonly MethodScores[]): string[][] {
  const shown = (interval: Interval | undefined) => {
    if (interval === undefined) return '–';
    const { value, bounds } = formatInterval(interval);
    return `${value} ${bounds}`;
  };
  return [
    ['method', 'tasks', 'runs', ...Object.values(COLUMNS), 'P(better than the first)'],
    ...methods.map(({ method, tasks, runs, aggregates: of, improvement }) => [
      method,
      String(tasks),
      String(runs),
      ...(Object.keys(COLUMNS) as (keyof typeof COLUMNS)[]).map((name) => shown(of[name])),
      shown(improvement),
    ]),
  ];
}

/** The aggregates and performance profiles as one HTML document that loads nothing. */
export function scoresPage(
  methods: readonly MethodScores[],
  { metric, role }: { metric: string; role: string },
): string {
  const [head = [], ...rows] = scoreRows(methods);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,"><title>Policy scores · kdlab</title><style>${new Markup(STYLE)}</style></head>
<body><main><header><p class="eyebrow">kdlab · policies over seeds and tasks</p><h1>${metric} of the ${role}</h1></header>
<section aria-labelledby="aggregates"><h2 id="aggregates">Aggregates</h2><div class="scroll" tabindex="0" role="region" aria-label="Aggregates"><table>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map((cells) => html`<tr>${cells.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td>${cell}</td>`))}</tr>`)}</tbody></table></div></section>
<section aria-labelledby="profiles"><h2 id="profiles">Performance profiles</h2><figure><figcaption><b>Part of runs above a score</b><span class="legend">${methods.map(
    ({ method }, i) => html`<span style="color:${groupInk(i).color}">${method}</span>`,
  )}</span></figcaption><div role="img" aria-label="Part of runs whose ${metric} is above each threshold">${new Markup(drawProfiles(methods, metric))}</div></figure></section>
<section aria-labelledby="notes"><h2 id="notes">Notes</h2><ul class="notes"><li>Intervals: 95 %, percentile bootstrap stratified by task (Agarwal et al. 2021, arXiv:2108.13264); a run is one training seed.</li>
<li>IQM: mean of the middle half of all runs. Optimality gap: how far runs fall short of 1 on average. P: Mann-Whitney’s U over pairs of runs, averaged over tasks.</li></ul></section>
</main></body></html>
`.text;
}

function drawProfiles(methods: readonly MethodScores[], metric: string): string {
  const series = methods.map(({ profile }, i): LineSeriesOption => {
    const { color, dash } = groupInk(i);
    return {
      type: 'line',
      silent: true,
      symbol: 'none',
      step: 'end',
      lineStyle: { color, width: 2, type: dash },
      data: profile.map(({ threshold, mean }) => [threshold, mean]),
    };
  });
  return drawSvg('profiles', 640, 300, {
    grid: { left: 6, right: 18, top: 14, bottom: 24, containLabel: true },
    xAxis: {
      type: 'value',
      name: metric,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: 'var(--muted)' },
      ...axisLook,
      splitLine: { show: false },
    },
    yAxis: { type: 'value', min: 0, max: 1, ...axisLook, axisLine: { show: false } },
    series,
  });
}
