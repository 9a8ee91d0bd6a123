import type { LineSeriesOption } from 'echarts';
import type { Axis, Lines } from '../core/results';
import { axisLook } from './charts';
import { html, Markup } from './markup';
import { drawSvg } from './svg';

const PANEL = { width: 380, height: 330 };
const COLORS = ['--teacher', '--student', '--baseline', '--extra-1', '--extra-2', '--extra-3'].map(
  (name) => `var(${name})`,
);
const DASHES = ['solid', 'dashed', 'dotted'] as const;

/** Panels of lines beside each other, with one legend; form tells lines apart where colour cannot. */
export function lines({ panels, x, y, diagonal = false }: Lines, name: string): Markup {
  const labels = [...new Set(panels.flatMap((panel) => panel.lines.map(({ label }) => label)))];
  const ink = (label: string) => {
    const i = labels.indexOf(label);
    return { color: COLORS[i % COLORS.length]!, type: DASHES[i % DASHES.length]! };
  };
  const legend = labels.map((label) => {
    const { color, type } = ink(label);
    const dash = { solid: '', dashed: '5 3', dotted: '2 2' }[type];
    return html`<span><svg viewBox="0 0 18 8" aria-hidden="true"><path d="M1 4H17" stroke="${color}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>${label}</span>`;
  });
  return html`<p class="legend">${legend}</p><div class="panels">${panels.map((panel, i) => {
    const series = panel.lines.map(
      ({ label, points }): LineSeriesOption => ({
        type: 'line',
        silent: true,
        symbol: 'none',
        lineStyle: { ...ink(label), width: 2 },
        data: points.map(([at, value]) => [at, value]),
      }),
    );
    const guess: LineSeriesOption = {
      type: 'line',
      silent: true,
      symbol: 'none',
      lineStyle: { color: 'var(--muted)', width: 1, type: 'dashed' },
      data: [
        [x.min, x.min],
        [x.max, x.max],
      ],
    };
    const svg = drawSvg(`${name}-${i}`, PANEL.width, PANEL.height, {
      grid: { left: 40, right: 14, top: 10, bottom: 42 },
      xAxis: { ...axisOf(x), nameGap: 26 },
      yAxis: { ...axisOf(y), nameGap: 34 },
      series: diagonal ? [guess, ...series] : series,
    });
    const spoken = panel.lines.map(({ label, points }) => `${label}, ${points.length} points`).join('; ');
    return html`<figure><figcaption><b>${panel.title}</b></figcaption><div role="img" aria-label="${y.label} against ${x.label}: ${spoken}">${new Markup(svg)}</div></figure>`;
  })}</div>`;
}

function axisOf({ label, scale, min, max }: Axis) {
  return {
    type: scale === 'log' ? ('log' as const) : ('value' as const),
    min,
    max,
    name: label,
    nameLocation: 'middle' as const,
    nameTextStyle: { color: 'var(--muted)' },
    ...axisLook,
  };
}
