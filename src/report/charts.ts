import type { CustomSeriesRenderItem, EChartsOption, LineSeriesOption } from 'echarts';
import type { Interval, ModelResult } from '../core/results';
import type { CurveChart } from './curves';
import { formatCompact, formatInterval } from './format';
import { type MarkShape, roleColor, roleSymbol } from './palette';
import { drawSvg, FONT } from './svg';

const CURVE = { width: 400, height: 230 };
const MARKERS_UP_TO = 30;
const ROW = 58;
/** Pixels of a generous letter of the labels. */
const GLYPH = 7.5;

/** A chart of one metric over steps: a line a stage; raw values are faint where a smoothed line lies over them. */
export function drawCurves(name: string, { curves, log }: CurveChart): string {
  const series = curves.flatMap(({ ink, points, smooth }): LineSeriesOption[] => {
    const shared: LineSeriesOption = {
      type: 'line',
      silent: true,
      symbol: points.length <= MARKERS_UP_TO ? 'circle' : 'none',
      symbolSize: 5,
      itemStyle: { color: ink.color },
      sampling: 'lttb',
    };
    const pairs = points.map(({ step, value }) => [step, value]);
    const main: LineSeriesOption = {
      ...shared,
      data: pairs,
      lineStyle: { color: ink.color, width: 2, type: ink.dash },
    };
    if (smooth === undefined) return [main];
    return [
      { ...shared, data: pairs, lineStyle: { color: ink.color, width: 1, opacity: 0.28 } },
      { ...main, data: smooth.map(({ step, value }) => [step, value]) },
    ];
  });
  return drawSvg(name, CURVE.width, CURVE.height, {
    grid: { left: 6, right: 18, top: 14, bottom: 24, containLabel: true },
    xAxis: {
      type: 'value',
      min: 'dataMin',
      max: 'dataMax',
      name: 'step',
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: 'var(--muted)' },
      splitNumber: 4,
      ...axisLook,
      axisLabel: { ...axisLook.axisLabel, showMaxLabel: false, showMinLabel: false },
      splitLine: { show: false },
    },
    yAxis: { type: log ? 'log' : 'value', scale: true, splitNumber: 4, ...axisLook, axisLine: { show: false } },
    series,
  });
}

/** What all axes share. */
export const axisLook = {
  axisLabel: { color: 'var(--muted)', hideOverlap: true, formatter: (value: number) => formatCompact(value) },
  axisLine: { lineStyle: { color: 'var(--rule)' }, onZero: false },
  axisTick: { show: false },
  minorTick: { show: false },
  splitLine: { lineStyle: { color: 'var(--rule)' } },
};

/** Each model's metric with its 95 % interval, one below the other on one scale. `width` in pixels. */
export function drawIntervals(name: string, metric: string, models: readonly ModelResult[], width: number): string {
  const rows = models.flatMap((model) => {
    const interval = model.metrics[metric];
    return interval !== undefined && Number.isFinite(interval.mean) ? [{ model, interval }] : [];
  });
  const teacher = rows.find(({ model }) => model.role === 'teacher');
  const intervals = rows.map(({ interval }) => interval);
  const { low, high, step } = scaleFor(intervals, width < 500 ? 4 : 8);
  const renderItem: CustomSeriesRenderItem = ({ coordSys, dataIndex }, api) => {
    const { model, interval } = rows[dataIndex]!;
    const { x: left, width: span } = coordSys as unknown as { x: number; width: number };
    const at = (value: number) => api.coord([value, dataIndex]) as [number, number];
    const [x, middle] = at(interval.mean);
    const y = middle + 12;
    const color = roleColor(model.role);
    const { value, bounds } = formatInterval(interval, intervals);
    const stroke = { stroke: color, lineWidth: 2.5, lineCap: 'round' as const };
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line' as const,
      shape: { x1, y1, x2, y2 },
      style: stroke,
    });
    const text = (x: number, words: string, align: 'left' | 'right', weight: number) => ({
      type: 'text' as const,
      style: {
        x,
        y: middle - 12,
        text: words,
        align,
        verticalAlign: 'middle' as const,
        fill: 'var(--ink)',
        font: `${weight} 13px ${FONT}`,
        // Axis lines must not strike through the words.
        backgroundColor: 'var(--paper)',
      },
    });
    const bars = [Math.max(interval.low, low), Math.min(interval.high, high)].filter(Number.isFinite);
    const [from, to] = [at(Math.min(...bars, interval.mean))[0], at(Math.max(...bars, interval.mean))[0]];
    return {
      type: 'group',
      children: [
        text(left, shortened(model.name, (span * 0.45) / GLYPH), 'left', 600),
        text(left + span, `${value} ${bounds}`, 'right', 400),
        line(from, y, to, y),
        line(from, y - 5, from, y + 5),
        line(to, y - 5, to, y + 5),
        mark(roleSymbol(model.role), x, y, color),
      ],
    };
  };
  const option: EChartsOption = {
    grid: { left: 14, right: 14, top: 4, bottom: 26 },
    xAxis: { type: 'value', min: low, max: high, interval: step, ...axisLook },
    yAxis: { type: 'category', inverse: true, show: false, data: rows.map(({ model }) => model.name) },
    series: [
      {
        type: 'custom',
        silent: true,
        renderItem,
        data: rows.map(({ interval }, i) => [interval.mean, i]),
        ...(teacher === undefined ? {} : { markLine: guide(teacher.interval.mean) }),
      },
    ],
  };
  return drawSvg(name, width, rows.length * ROW + 34, option);
}

/** A thin line at the teacher's value through all rows. */
function guide(value: number) {
  return {
    silent: true,
    z: 1,
    symbol: 'none' as const,
    label: { show: false },
    lineStyle: { color: 'var(--teacher)', opacity: 0.45, width: 1, type: 'dashed' as const },
    data: [{ xAxis: value }],
  };
}

/** The mark of a role, centred at a point. */
export function mark(symbol: MarkShape, x: number, y: number, color: string) {
  const style = { fill: color, stroke: 'var(--paper)', lineWidth: 2 };
  if (symbol === 'circle') return { type: 'circle' as const, shape: { cx: x, cy: y, r: 6 }, style };
  const points =
    symbol === 'diamond'
      ? [
          [x, y - 7.5],
          [x + 7.5, y],
          [x, y + 7.5],
          [x - 7.5, y],
        ]
      : symbol === 'triangle'
        ? [
            [x, y - 7],
            [x + 7, y + 5.5],
            [x - 7, y + 5.5],
          ]
        : [
            [x - 5.5, y - 5.5],
            [x + 5.5, y - 5.5],
            [x + 5.5, y + 5.5],
            [x - 5.5, y + 5.5],
          ];
  return { type: 'polygon' as const, shape: { points }, style };
}

function shortened(text: string, letters: number): string {
  return text.length <= letters ? text : `${text.slice(0, Math.max(1, Math.floor(letters) - 1))}…`;
}

/** An axis on round numbers that holds all finite means and bounds in at most about `ticks` steps of 1, 2 or 5 · 10ᵏ. */
function scaleFor(intervals: readonly Interval[], ticks: number): { low: number; high: number; step: number } {
  const ends = intervals.flatMap(({ mean, low, high }) => [mean, low, high]).filter((end) => Number.isFinite(end));
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const width = most - least || Math.abs(most) * 0.1 || 1;
  const rough = width / ticks;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  return { low: Math.floor(least / step) * step, high: Math.ceil(most / step) * step, step };
}
