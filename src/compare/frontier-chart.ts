import { formatCompact, formatNumber, titleOf } from '../report/format';
import { html, type Markup } from '../report/markup';
import { groupInk } from './charts';
import type { Frontier, FrontierPoint } from './frontier';
import type { OverSeeds } from './groups';

const LEFT = 62;
const RIGHT = 20;
const TOP = 14;
const PANEL = 270;
const LOWER = 120;
const GAP = 26;
const FOOT = 44;
/** Width of the strip for models that guarantee nothing. */
const STRIP = 92;
const PAD = 0.12;

/** A scale from values to pixels. */
type Scale = (value: number) => number;

/**
 * Utility over ε on a logarithmic axis, a mark and a 95 % interval a model, the Pareto set filled and joined; below, on the
 * same ε, what an attacker gains, where it was measured. Models without a guarantee stand in a strip at the right. Marks
 * tell their values when pointed at or focussed, without a script. `width` in pixels; colours are CSS variables.
 */
export function drawFrontier({ points, methods, metric }: Frontier, width: number): Markup {
  const guaranteed = points.filter(({ epsilon }) => epsilon !== undefined);
  const open = points.filter(({ epsilon }) => epsilon === undefined);
  const attacked = points.filter(({ advantage }) => advantage !== undefined);
  const end = width - RIGHT - (open.length > 0 ? STRIP : 0);
  const epsilons = guaranteed.map(({ epsilon }) => Math.max(epsilon!, 1e-3));
  const [least, most] = [Math.log(Math.min(...epsilons)), Math.log(Math.max(...epsilons))];
  const margin = Math.max(PAD * (most - least), 0.35);
  const along: Scale = (epsilon) =>
    LEFT + ((Math.log(Math.max(epsilon, 1e-3)) - least + margin) / (most - least + 2 * margin)) * (end - LEFT);
  const x = (point: FrontierPoint) =>
    point.epsilon !== undefined ? along(point.epsilon) : end + (STRIP * (1 + open.indexOf(point))) / (open.length + 1);
  const lowest = TOP + PANEL;
  const upper = panel(
    points.map(({ utility }) => utility),
    TOP,
    lowest,
  );
  const second = attacked.length > 0;
  const floor = second ? lowest + GAP + LOWER : lowest;
  const below = second
    ? panel(
        attacked.map(({ advantage }) => advantage!),
        lowest + GAP,
        floor,
      )
    : undefined;
  const front = guaranteed.filter(({ onFront }) => onFront).sort((a, b) => a.epsilon! - b.epsilon!);
  const color = (point: FrontierPoint) => groupInk(methods.indexOf(point.method)).color;
  const mark = (point: FrontierPoint, over: OverSeeds, y: Scale) =>
    html`${whisker(x(point), over, y, color(point))}${shape(methods.indexOf(point.method), x(point), y(over.mean), color(point), point.onFront)}`;
  return html`<svg viewBox="0 0 ${width} ${floor + FOOT}" width="${width}" height="${floor + FOOT}" font-size="12" font-family="system-ui,sans-serif">
${open.length === 0 ? undefined : html`<rect x="${end}" y="${TOP}" width="${STRIP}" height="${floor - TOP}" fill="var(--panel)"/><text x="${end + STRIP / 2}" y="${floor + 18}" text-anchor="middle" fill="var(--muted)">no guarantee</text>`}
${axis(upper, titleOf(metric), end)}${below === undefined ? undefined : axis(below, 'Attack advantage', end)}
${ticksOfLog(Math.exp(least - margin), Math.exp(most + margin), (end - LEFT) / 60).map(
  (tick) =>
    html`<path d="M${along(tick)} ${floor}v5" stroke="var(--rule)"/><text x="${along(tick)}" y="${floor + 18}" text-anchor="middle" fill="var(--muted)">${formatCompact(tick)}</text>`,
)}
<text x="${(LEFT + end) / 2}" y="${floor + 37}" text-anchor="middle" fill="var(--muted)">ε, smaller is more private</text>
<path d="${front.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point)} ${upper.at(point.utility.mean)}`).join('')}" fill="none" stroke="var(--muted)" stroke-width="1.5" stroke-dasharray="5 4"/>
${points.map((point) => mark(point, point.utility, upper.at))}
${below === undefined ? undefined : attacked.map((point) => mark(point, point.advantage!, below.at))}
${points.map((point) => hover(point, metric, { x: x(point), y: upper.at(point.utility.mean), width }))}
</svg>`;
}

interface Panel {
  readonly at: Scale;
  readonly ticks: readonly number[];
  readonly top: number;
  readonly bottom: number;
}

function panel(overs: readonly OverSeeds[], top: number, bottom: number): Panel {
  const ends = overs.flatMap(({ mean, low, high, n }) => (n > 1 ? [mean, low, high] : [mean])).filter(Number.isFinite);
  const [least, most] = [Math.min(...ends), Math.max(...ends)];
  const pad = PAD * (most - least || Math.abs(most) || 1);
  const [from, to] = [least - pad, most + pad];
  const rough = (to - from) / ((bottom - top) / 50);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const ticks: number[] = [];
  for (let k = Math.ceil(from / step); k * step <= to; k++) ticks.push(Number((k * step).toPrecision(12)));
  return { at: (value) => bottom - ((value - from) / (to - from)) * (bottom - top), ticks, top, bottom };
}

function axis({ at, ticks, top, bottom }: Panel, title: string, end: number): Markup {
  return html`${ticks.map(
    (tick) =>
      html`<path d="M${LEFT} ${at(tick)}H${end}" stroke="var(--rule)"/><text x="${LEFT - 8}" y="${at(tick) + 4}" text-anchor="end" fill="var(--muted)">${formatCompact(tick)}</text>`,
  )}<path d="M${LEFT} ${bottom}H${end}" stroke="var(--muted)"/>
<text transform="translate(14 ${(top + bottom) / 2}) rotate(-90)" text-anchor="middle" fill="var(--muted)">${title}</text>`;
}

/** 1, 2 and 5 of every decade between two ends, or only 1s where there is room for no more than `most`. */
function ticksOfLog(from: number, to: number, most: number): number[] {
  const of = (factors: readonly number[]) => {
    const ticks: number[] = [];
    for (let k = Math.floor(Math.log10(from)); k <= Math.log10(to); k++)
      for (const factor of factors) ticks.push(Number((factor * 10 ** k).toPrecision(3)));
    return ticks.filter((tick) => tick >= from && tick <= to);
  };
  const fine = of([1, 2, 5]);
  return fine.length <= most ? fine : of([1]);
}

function whisker(x: number, { low, high, n }: OverSeeds, y: Scale, color: string): Markup | undefined {
  if (n < 2) return undefined;
  return html`<path d="M${x} ${y(low)}V${y(high)}M${x - 4} ${y(low)}h8M${x - 4} ${y(high)}h8" fill="none" stroke="${color}" stroke-width="1.5"/>`;
}

const SHAPES = [
  'M0-6.5a6.5 6.5 0 1 0 .01 0Z',
  'M0-8L8 0L0 8L-8 0Z',
  'M0-8L8 6H-8Z',
  'M-6-6H6V6H-6Z',
  'M-7-6H7L0 8Z',
  'M-2.5-7h5v4.5H7v5H2.5V7h-5V2.5H-7v-5h4.5Z',
] as const;

/** A method's mark, by its place; hollow where another model is better in both. */
function shape(place: number, x: number, y: number, color: string, filled: boolean): Markup {
  return html`<path transform="translate(${x} ${y})" d="${SHAPES[place % SHAPES.length]!}" fill="${filled ? color : 'var(--paper)'}" stroke="${color}" stroke-width="2"/>`;
}

/** The key of the methods, and what filled marks are. */
export function frontierLegend({ methods }: Frontier): Markup {
  return html`<p class="fine marks">${methods.map(
    (method, i) =>
      html`<span><svg class="mark" viewBox="-10 -10 20 20" aria-hidden="true">${shape(i, 0, 0, groupInk(i).color, true)}</svg>${method}</span>`,
  )}<span>filled: on the Pareto front</span></p>`;
}

/** ε, utility and advantage of a model in words. */
export function spokenPoint(point: FrontierPoint, metric: string): string[] {
  const over = (name: string, { mean, low, high, n }: OverSeeds) =>
    `${name} ${formatNumber(mean)}${n > 1 ? ` [${formatNumber(low)}, ${formatNumber(high)}]` : ''}`;
  const { epsilon, delta, advantage, utility } = point;
  return [
    `${point.letter} ${point.method}, ${point.model}`,
    epsilon === undefined
      ? 'no guarantee'
      : `ε ${formatNumber(epsilon)}${delta === undefined ? '' : ` at δ ${formatNumber(delta)}`}`,
    over(titleOf(metric).toLowerCase(), utility),
    ...(advantage === undefined ? [] : [over('attack advantage', advantage)]),
    `${utility.n} seed${utility.n === 1 ? '' : 's'}${point.onFront ? ', on the Pareto front' : ''}`,
  ];
}

const LINE = 17;
const GLYPH = 6.6;

/** What a mark says when it is pointed at: a card that style alone shows. */
function hover(point: FrontierPoint, metric: string, { x, y, width }: { x: number; y: number; width: number }): Markup {
  const lines = spokenPoint(point, metric);
  const [wide, high] = [Math.max(...lines.map((line) => line.length)) * GLYPH + 20, lines.length * LINE + 14];
  const left = Math.max(4, Math.min(x + 14, width - wide - 4));
  const top = Math.max(4, y - high - 12) + (y - high - 12 < 4 ? y + 8 : 0);
  return html`<g class="point" tabindex="0" role="img" aria-label="${lines.join(', ')}"><circle cx="${x}" cy="${y}" r="14" fill="transparent"/>
<g class="card"><rect x="${left}" y="${top}" width="${wide}" height="${high}" rx="6" fill="var(--paper)" stroke="var(--muted)"/>
${lines.map((line, i) => html`<text x="${left + 10}" y="${top + 20 + i * LINE}" fill="var(--ink)" font-weight="${i === 0 ? 600 : 400}">${line}</text>`)}</g></g>`;
}
