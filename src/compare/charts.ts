import type { CustomSeriesRenderItem, SeriesOption } from 'echarts';
import { axisLook, mark } from '../report/charts';
import { formatCompact } from '../report/format';
import { type Ink, roleColor, roleSymbol } from '../report/palette';
import { drawSvg, FONT } from '../report/svg';
import type { BandChart } from './bands';
import type { Front } from './fronts';

const COLORS = ['teacher', 'student', 'baseline', 'extra-1', 'extra-2', 'extra-3'];
const DASHES = ['solid', 'dashed', 'dotted'] as const;

/** The ink of a group by its place. */
export function groupInk(index: number): Ink {
  return {
    color: `var(--${COLORS[index % COLORS.length]})`,
    dash: DASHES[Math.floor(index / COLORS.length) % DASHES.length]!,
  };
}

/** Mean curves with their bands; `place` gives a group's place by its letter. */
export function drawBands(name: string, { bands }: BandChart, place: (letter: string) => number): string {
  const series = bands.flatMap(({ letter, points, seeds }): SeriesOption[] => {
    const ink = groupInk(place(letter));
    const area: CustomSeriesRenderItem = ({ dataIndex }, api) => {
      if (dataIndex > 0) return null;
      const at = (step: number, value: number) => api.coord([step, value]) as [number, number];
      const outline = [
        ...points.map(({ step, high }) => at(step, high)),
        ...[...points].reverse().map(({ step, low }) => at(step, low)),
      ];
      return { type: 'polygon', shape: { points: outline }, style: { fill: ink.color, opacity: 0.16 } };
    };
    const line: SeriesOption = {
      type: 'line',
      silent: true,
      symbol: points.length <= 12 ? 'circle' : 'none',
      symbolSize: 4,
      itemStyle: { color: ink.color },
      lineStyle: { color: ink.color, width: 2, type: ink.dash },
      data: points.map(({ step, mean }) => [step, mean]),
    };
    if (seeds === 1) return [line];
    // All bounds are data, so that the axes make room for them; one shape draws the area.
    const bounds = points.flatMap(({ step, low, high }) => [
      [step, low],
      [step, high],
    ]);
    return [{ type: 'custom', silent: true, clip: true, renderItem: area, data: bounds }, line];
  });
  return drawSvg(name, 400, 230, {
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
    yAxis: { type: 'value', scale: true, splitNumber: 4, ...axisLook, axisLine: { show: false } },
    series,
  });
}

/** Utility against cost: a mark a model with its group's letter, the front a line through those on it. */
export function drawFront(name: string, { cost, points }: Front, metric: string): string {
  const costs = points.map((point) => point.cost);
  const log = Math.min(...costs) > 0 && Math.max(...costs) > 8 * Math.min(...costs);
  // Models of several groups may be one and the same: they share a mark, and their letters one label.
  const same = (a: Front['points'][number]) =>
    points.filter((b) => a.cost === b.cost && a.utility === b.utility && a.role === b.role);
  const draw: CustomSeriesRenderItem = ({ dataIndex }, api) => {
    const point = points[dataIndex]!;
    const { role, onFront, cost: x, utility } = point;
    const equal = same(point);
    const [px, py] = api.coord([x, utility]) as [number, number];
    const color = roleColor(role);
    return {
      type: 'group',
      children: [
        { ...mark(roleSymbol(role), px, py, color), style: { fill: color, opacity: onFront ? 1 : 0.45 } },
        ...(onFront && equal[0] === point
          ? [
              {
                type: 'text' as const,
                style: {
                  x: px + 9,
                  y: py - 9,
                  text: equal.map(({ letter }) => letter).join(' '),
                  fill: 'var(--ink)',
                  font: `600 11px ${FONT}`,
                },
              },
            ]
          : []),
      ],
    };
  };
  const front = points.filter(({ onFront }) => onFront).sort((a, b) => a.cost - b.cost);
  return drawSvg(name, 400, 260, {
    grid: { left: 24, right: 26, top: 16, bottom: 26, containLabel: true },
    xAxis: {
      type: log ? 'log' : 'value',
      scale: true,
      name: cost,
      nameLocation: 'middle',
      nameGap: 26,
      nameTextStyle: { color: 'var(--muted)' },
      splitNumber: 4,
      ...axisLook,
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      scale: true,
      name: metric,
      nameLocation: 'middle',
      nameGap: 48,
      nameTextStyle: { color: 'var(--muted)' },
      splitNumber: 4,
      ...axisLook,
      axisLabel: { ...axisLook.axisLabel, formatter: (value: number) => formatCompact(value) },
      axisLine: { show: false },
    },
    series: [
      {
        type: 'line',
        silent: true,
        symbol: 'none',
        lineStyle: { color: 'var(--muted)', width: 1.5, type: 'dashed' },
        data: front.map((point) => [point.cost, point.utility]),
      },
      {
        type: 'custom',
        silent: true,
        clip: false,
        renderItem: draw,
        data: points.map((point) => [point.cost, point.utility]),
      },
    ],
  });
}
