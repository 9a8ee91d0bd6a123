import type { CustomSeriesOption, LineSeriesOption } from 'echarts';
import type { Breakdown, ModelResult, Results } from '../core/results';
import { axisLook } from './charts';
import { formatInterval, titleOf } from './format';
import { html, Markup } from './markup';
import { roleColor, roleSymbol } from './palette';
import { drawSvg } from './svg';
import { symbolOf } from './table';

const SIZE = { width: 400, height: 250 };
/** Pixels between the marks of two models at one group. */
const APART = 9;

/** A metric of all models by groups of examples, with 95 % intervals: a figure a breakdown. */
export function breakdownFigures({ breakdowns = [], models }: Results): Markup[] {
  return breakdowns
    .filter(({ groups }) => groups.length > 0)
    .map((breakdown, index) => {
      const { title, metric, groups } = breakdown;
      const spoken = models.map(
        ({ name }, i) =>
          `${name}: ${groups.map(({ label, values }) => `${label} ${formatInterval(values[i]!).value}`).join(', ')}`,
      );
      return html`<figure><figcaption><b>${title}</b><span class="legend">${models.map(
        ({ role }) => html`<span>${symbolOf(role)}${role}</span>`,
      )}</span></figcaption>
<div role="img" aria-label="${titleOf(metric)} by group. ${spoken.join('; ')}.">${new Markup(draw(`breakdown-${index}`, breakdown, models))}</div>
<p class="fine">${titleOf(metric)}, 95 % intervals; below each group its number of examples.</p></figure>`;
    });
}

function draw(name: string, { groups }: Breakdown, models: readonly ModelResult[]): string {
  const shift = (i: number) => (i - (models.length - 1) / 2) * APART;
  const series = models.flatMap(({ role }, i): (CustomSeriesOption | LineSeriesOption)[] => {
    const color = roleColor(role);
    const bars: CustomSeriesOption = {
      type: 'custom',
      silent: true,
      encode: { x: 0, y: [1, 2] },
      data: groups.map(({ values }, at) => [at, values[i]!.low, values[i]!.high]),
      renderItem: (_, api) => {
        const [x, low] = api.coord([api.value(0), api.value(1)]) as [number, number];
        const [, high] = api.coord([api.value(0), api.value(2)]) as [number, number];
        const at = x + shift(i);
        return {
          type: 'line',
          shape: { x1: at, y1: low, x2: at, y2: high },
          style: { stroke: color, lineWidth: 1.5, opacity: 0.6 },
        };
      },
    };
    const marks: LineSeriesOption = {
      type: 'line',
      silent: true,
      symbol: { circle: 'circle', diamond: 'diamond', triangle: 'triangle', square: 'rect' }[roleSymbol(role)],
      symbolSize: 8,
      symbolOffset: [shift(i), 0],
      lineStyle: { width: 0 },
      itemStyle: { color },
      data: groups.map(({ values }) => values[i]!.mean),
    };
    return [bars, marks];
  });
  return drawSvg(name, SIZE.width, SIZE.height, {
    grid: { left: 6, right: 10, top: 14, bottom: 6, containLabel: true },
    xAxis: {
      type: 'category',
      data: groups.map(({ label, count }) => `${label}\n${count}`),
      ...axisLook,
      axisLabel: { color: 'var(--muted)', interval: 0, lineHeight: 16 },
      splitLine: { show: false },
    },
    yAxis: { type: 'value', scale: true, splitNumber: 4, ...axisLook, axisLine: { show: false } },
    series,
  });
}
