import type { ModelResult } from '../core/results';
import { drawIntervals } from '../report/charts';
import { formatInterval, titleOf } from '../report/format';
import { html, Markup } from '../report/markup';
import { STYLE } from '../report/style';
import { symbolOf } from '../report/table';
import { drawBands, drawFront, groupInk } from './charts';
import { type Comparison, type Family, modelOf } from './comparison';
import { FRONTIER_SCRIPT_SOURCE, FRONTIER_STYLE, frontierFigure, frontierRows } from './frontier-section';
import type { Front } from './fronts';
import { detailRows, differenceRows, metricRows, type Rows, testRows } from './text';

const WIDE = 920;
const NARROW = 340;
const CHARTS_SHOWN = 6;
/** More lines than this in one chart cannot be told apart. */
const BANDS_SHOWN = 8;
const ROWS_DRAWN = 16;

const TABLES = `
.plain th,.plain td{padding-right:22px;white-space:nowrap}
.plain thead th{min-width:0;padding:12px 22px 10px 0;font-size:.8125rem;font-weight:620;color:var(--muted)}
.plain tbody tr{border-top:1px solid var(--rule)}
.plain tbody th[scope=row]{color:var(--ink);min-width:0;font-weight:560}
.plain .long{white-space:normal;min-width:14em}
.marks{display:flex;flex-wrap:wrap;gap:2px 18px;margin-top:16px}
.marks span{display:inline-flex;align-items:center;gap:6px}
.tests+.tests{margin-top:34px}
.tests h3{font-size:1rem;font-weight:620;margin:0 0 8px}
@media (max-width:640px){.plain{font-size:.875rem}.plain th,.plain td{padding-right:16px}}
`;

/** The comparison as one HTML document that loads nothing. */
export function renderComparison(comparison: Comparison, { title }: { title: string }): string {
  const { groups, metric, families, fronts, frontier, differences, notes, higherIsBetter } = comparison;
  const runs = groups.reduce((sum, { seeds }) => sum + seeds.length, 0);
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:${frontier === undefined ? '' : new Markup(`; script-src ${FRONTIER_SCRIPT_SOURCE}`)}">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>${title} · kdlab compare</title><style>${new Markup(STYLE + TABLES + (frontier === undefined ? '' : FRONTIER_STYLE))}</style></head>
<body><main><header><p class="eyebrow">kdlab · comparison</p><h1>${title}</h1>
<p class="meta"><span>${runs} runs in ${groups.length} group${groups.length === 1 ? '' : 's'}</span>
<span>${titleOf(metric)}, ${higherIsBetter ? 'higher' : 'lower'} is better</span><span>reference ${comparison.reference}</span></p></header>
${section('results', titleOf(metric), html`${intervals(comparison)}${tableOf('Results by group', metricRows(comparison), 1)}`)}
${frontier === undefined ? undefined : section('privacy', 'Privacy and utility', html`${frontierFigure(frontier)}${tableOf('Privacy and utility', frontierRows(frontier))}`)}
${families.length === 0 ? undefined : section('tests', 'Tests', html`${families.map(familyTable)}`)}
${curves(comparison)}
${fronts.length === 0 ? undefined : section('fronts', 'What it costs', html`<div class="curves">${fronts.map((front, i) => frontFigure(front, i, comparison))}</div>${frontLegend()}`)}
${section('details', `All that was measured of the ${comparison.model}`, tableOf('Measurements', detailRows(comparison)))}
${differences.length === 0 ? undefined : section('differences', 'Configurations: what differs', tableOf('Differing keys', differenceRows(comparison)))}
${section(
  'notes',
  'Notes',
  html`<ul class="notes">${notes.map((note) => html`<li>${note}</li>`)}</ul>
<details><summary>Runs</summary><dl class="facts">${groups.map(
    (group) =>
      html`<div><dt>${group.letter} · ${group.label}</dt><dd>${group.runs.map(({ record }) => html`<p><code>${record.id}</code></p>`)}</dd></div>`,
  )}</dl></details>`,
)}
</main></body></html>
`;
  return page.text;
}

function section(id: string, title: string, content: Markup): Markup {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${content}</section>`;
}

/** `long` is the column whose words may wrap. */
function tableOf(label: string, [head = [], ...rows]: Rows, long?: number): Markup {
  const cellClass = (i: number) => (i === long ? html` class="long"` : undefined);
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}"><table class="plain"><caption class="hidden">${label}</caption>
<thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead>
<tbody>${rows.map(
    (cells) =>
      html`<tr>${cells.map((cell, i) => (i === 0 ? html`<th scope="row">${cell}</th>` : html`<td${cellClass(i)}>${cell}</td>`))}</tr>`,
  )}</tbody></table></div>`;
}

/** Each group's model, and the same without a teacher, on one scale. */
function intervals(comparison: Comparison): Markup {
  const { groups, metric, model } = comparison;
  const keys = [model, ...['reference', 'baseline'].filter((key) => key !== model)];
  const rows = groups.flatMap((group) =>
    keys.flatMap((key): ModelResult[] => {
      const found = modelOf(group, key);
      const over = found?.measured[metric];
      if (found === undefined || over === undefined) return [];
      const bounds = over.n > 1 ? over : { ...over, low: over.mean, high: over.mean };
      const latency = { p50: found.latency.mean, p95: found.latency.mean };
      const { role, parameters, bytes, multiplyAdds } = found;
      const name = `${group.letter} ${key === model ? group.label : key}`;
      return [{ role, name, description: '', parameters, bytes, multiplyAdds, latency, metrics: { [metric]: bounds } }];
    }),
  );
  const drawn = rows.slice(0, ROWS_DRAWN);
  const spoken = drawn.map(({ name, metrics }) => `${name} ${formatInterval(metrics[metric]!).value}`).join('; ');
  // A phone has no room for what sets a group apart: its letter is in the table.
  const short = drawn.map((row) => ({ ...row, name: `${row.name.split(' ')[0]} ${row.role}` }));
  const chart = (name: string, width: number, models: readonly ModelResult[]) =>
    html`<div class="${name}" role="img" aria-label="${titleOf(metric)} over seeds: ${spoken}">${new Markup(drawIntervals(`groups-${name}`, metric, models, width))}</div>`;
  return html`<figure class="intervals"><figcaption>Means over seeds with 95 % intervals, <b>${model}</b> and, where there are any, the same network
taught plainly and without a teacher${rows.length > drawn.length ? html`; the first ${drawn.length} of ${rows.length}, all are in the table` : undefined}</figcaption>
${chart('wide', WIDE, drawn)}${chart('narrow', NARROW, short)}</figure>`;
}

function familyTable(family: Family): Markup {
  return html`<div class="tests"><h3>${family.title.charAt(0).toUpperCase()}${family.title.slice(1)}</h3>${tableOf(family.title, testRows(family))}</div>`;
}

function curves({ charts, groups }: Comparison): Markup | undefined {
  if (charts.length === 0) return undefined;
  const place = (letter: string) => groups.findIndex((group) => group.letter === letter);
  const figures = charts.map((chart, i) => {
    const bands = chart.bands.slice(0, BANDS_SHOWN);
    const spoken = bands
      .map(({ letter, points }) => `${letter} ends at ${points.at(-1)!.mean.toPrecision(3)}`)
      .join('; ');
    return html`<figure><figcaption><b>${titleOf(chart.key)}</b><span class="legend">${bands.map(({ letter }) => legendItem(letter, place(letter)))}</span></figcaption>
<div role="img" aria-label="${titleOf(chart.key)} over steps. ${spoken}.">${new Markup(drawBands(`band-${i}`, { ...chart, bands }, place))}</div>
${bands.length < chart.bands.length ? html`<p class="fine">the first ${bands.length} of ${chart.bands.length} groups</p>` : undefined}</figure>`;
  });
  const more = figures.slice(CHARTS_SHOWN);
  return section(
    'curves',
    'Learning curves',
    html`<div class="curves">${figures.slice(0, CHARTS_SHOWN)}</div>
${more.length === 0 ? undefined : html`<details><summary>${more.length} more curve${more.length === 1 ? '' : 's'}</summary><div class="curves">${more}</div></details>`}
<p class="fine">Lines are means over seeds, bands 95 % intervals by Student’s t at each step.</p>`,
  );
}

function legendItem(letter: string, index: number): Markup {
  const ink = groupInk(index);
  const dash = { solid: '', dashed: '5 3', dotted: '2 2' }[ink.dash];
  return html`<span><svg viewBox="0 0 18 8" aria-hidden="true"><path d="M1 4H17" stroke="${ink.color}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>${letter}</span>`;
}

function frontFigure(front: Front, index: number, { metric }: Comparison): Markup {
  const best = front.points.filter(({ onFront }) => onFront).map(({ letter, model }) => `${letter} ${model}`);
  return html`<figure><figcaption><b>${titleOf(metric)} against ${front.cost}</b></figcaption>
<div role="img" aria-label="${titleOf(metric)} against ${front.cost}. On the Pareto front: ${best.join(', ')}.">${new Markup(drawFront(`front-${index}`, front, metric))}</div>
<p class="fine">On the Pareto front: ${best.join(', ')}.</p></figure>`;
}

function frontLegend(): Markup {
  const roles = ['teacher', 'student', 'reference', 'baseline'] as const;
  return html`<p class="fine marks">${roles.map((role) => html`<span>${symbolOf(role)}${role}</span>`)}<span>faint: another is better in both</span></p>`;
}
