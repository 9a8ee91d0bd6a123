import type { Claim, Results } from '../core/results';
import type { RunRecord, RunStatus } from '../run/record';
import { breakdownFigures } from './breakdowns';
import { drawCurves, drawIntervals } from './charts';
import { type Curve, type CurveChart, groupCurves, type Single } from './curves';
import { drawingFigure } from './drawings';
import { formatDuration, formatInterval, formatNumber, formatTime, titleOf } from './format';
import type { RunJournal } from './journal';
import { html, Markup } from './markup';
import { provenance } from './provenance';
import { STYLE } from './style';
import { comparisonTable } from './table';

const WIDE = 920;
const NARROW = 340;
const CHARTS_SHOWN = 6;

/** The whole report as one HTML document that loads nothing. */
export function renderPage(journal: RunJournal): string {
  const { record } = journal;
  const { results } = record;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">
<title>${record.name} · kdlab</title><style>${new Markup(STYLE)}</style></head>
<body><main>${header(record)}${results === undefined ? undefined : resultSections(results)}${curveSection(journal)}
${results === undefined || results.notes.length === 0 ? undefined : notes(results.notes)}${provenance(record)}</main></body></html>
`;
  return page.text;
}

const STATUS: Readonly<Record<RunStatus, string>> = {
  FINISHED: 'finished',
  RUNNING: 'not finished',
  INTERRUPTED: 'interrupted',
  FAILED: 'failed',
};

function header(record: RunRecord): Markup {
  const { status, results } = record;
  return html`<header><p class="eyebrow">kdlab · ${record.experiment}</p><h1>${record.name}</h1>
<p class="about">${record.description}</p>
<p class="meta"><span class="status ${status.toLowerCase()}">${STATUS[status] ?? status}</span><span>${formatTime(record.startedAt)}</span>
<span>${formatDuration(record.seconds)}</span><span>seed ${record.seed}</span><span>${record.engine.name} engine</span></p>
${results === undefined ? undefined : html`<p class="headline">${results.headline}</p>`}${unfinished(record)}</header>`;
}

/** Why there are no results, or no final ones, and how to get them. */
function unfinished({ status, error, id, results }: RunRecord): Markup | undefined {
  if (status === 'FINISHED')
    return results === undefined
      ? html`<div class="callout"><p>This run finished without recording results.</p></div>`
      : undefined;
  const what = {
    FAILED: 'This run failed before it had results.',
    INTERRUPTED: 'This run was interrupted before it had results.',
    RUNNING: 'This run has no results yet: it was still going when this report was written, or its process was killed.',
  }[status];
  return html`<div class="callout ${status.toLowerCase()}"><p>${what}</p>${error === undefined ? undefined : html`<pre>${error}</pre>`}
<p>Take it up from its last checkpoint with</p><pre>npm run -s kdlab -- resume ${shellWord(id)}</pre></div>`;
}

function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function resultSections(results: Results): Markup {
  const { primaryMetric, models, claims, higherIsBetter, drawings = [] } = results;
  const measured = models.filter(({ metrics }) => Number.isFinite(metrics[primaryMetric]?.mean));
  const words = measured.map((model) => {
    const { value, bounds } = formatInterval(model.metrics[primaryMetric]!);
    return `${model.name} ${value} ${bounds}`;
  });
  const chart = (name: string, width: number) =>
    html`<div class="${name}" role="img" aria-label="${titleOf(primaryMetric)} with 95 % intervals: ${words.join('; ')}">${new Markup(drawIntervals(`interval-${name}`, primaryMetric, measured, width))}</div>`;
  return html`${claims.length === 0 ? undefined : claimList(claims)}
<section aria-labelledby="results"><h2 id="results">Results</h2>
${
  measured.length === 0
    ? undefined
    : html`<figure class="intervals"><figcaption><b>${titleOf(primaryMetric)}</b> with 95 % interval,
${higherIsBetter ? 'higher' : 'lower'} is better</figcaption>${chart('wide', WIDE)}${chart('narrow', NARROW)}</figure>`
}
${models.length === 0 ? undefined : comparisonTable(results)}</section>${breakdownSection(results)}${drawings.map(drawingSection)}`;
}

function breakdownSection(results: Results): Markup | undefined {
  const figures = breakdownFigures(results);
  if (figures.length === 0) return undefined;
  return html`<section aria-labelledby="breakdowns"><h2 id="breakdowns">By groups of examples</h2><div class="curves">${figures}</div></section>`;
}

function drawingSection(drawing: NonNullable<Results['drawings']>[number], index: number): Markup {
  const id = `drawing-${index}`;
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${drawing.title}</h2>${drawingFigure(drawing, id)}</section>`;
}

function claimList(claims: readonly Claim[]): Markup {
  return html`<section aria-labelledby="claims"><h2 id="claims">Claims</h2><ul class="claims">${claims.map(
    ({
      claim,
      found,
      met,
    }) => html`<li class="${met ? 'met' : 'unmet'}"><span class="verdict">${met ? '✓ met' : '✗ not met'}</span>
<div><p>${claim}</p><p class="found">${found}</p></div></li>`,
  )}</ul></section>`;
}

function curveSection({ record, metrics, unreadable }: RunJournal): Markup {
  const { charts, singles } = groupCurves(metrics, record.results?.primaryMetric);
  const figures = charts.map((chart, i) => curveFigure(chart, i));
  const more = figures.slice(CHARTS_SHOWN);
  return html`<section aria-labelledby="curves"><h2 id="curves">Learning curves</h2>
${figures.length === 0 ? html`<p class="fine">No curves: fewer than two values of any metric were recorded.</p>` : undefined}
<div class="curves">${figures.slice(0, CHARTS_SHOWN)}</div>
${more.length === 0 ? undefined : html`<details><summary>${more.length} more curve${more.length === 1 ? '' : 's'}</summary><div class="curves">${more}</div></details>`}
${singles.length === 0 ? undefined : html`<details><summary>Values recorded once</summary><dl class="facts">${singles.map(singleFact)}</dl></details>`}
${unreadable === 0 ? undefined : html`<p class="fine">${unreadable} unreadable line${unreadable === 1 ? '' : 's'} of metrics.jsonl left out.</p>`}</section>`;
}

function singleFact({ key, step, value }: Single): Markup {
  return html`<div><dt>${key}</dt><dd>${Number.isNaN(value) ? 'NaN' : formatNumber(value)}<small>step ${formatNumber(step)}</small></dd></div>`;
}

function curveFigure(chart: CurveChart, index: number): Markup {
  const { metric, curves, log } = chart;
  const nonFinite = curves.reduce((sum, curve) => sum + curve.nonFinite, 0);
  const remarks = [
    ...(log ? ['log scale'] : []),
    ...(curves.some(({ smooth }) => smooth !== undefined) ? ['smoothed, raw values faint'] : []),
    ...(nonFinite > 0 ? [`${formatNumber(nonFinite)} non-finite value${nonFinite === 1 ? '' : 's'} left out`] : []),
  ];
  return html`<figure><figcaption><b>${titleOf(metric)}</b><span class="legend">${curves.map(legendItem)}</span></figcaption>
<div role="img" aria-label="${titleOf(metric)} over steps. ${curves.map(spoken).join('; ')}.">${new Markup(drawCurves(`curve-${index}`, chart))}</div>
${remarks.length === 0 ? undefined : html`<p class="fine">${remarks.join(' · ')}</p>`}</figure>`;
}

function legendItem({ stage, ink }: Curve): Markup {
  const dash = { solid: '', dashed: '5 3', dotted: '2 2' }[ink.dash];
  return html`<span><svg viewBox="0 0 18 8" aria-hidden="true"><path d="M1 4H17" stroke="${ink.color}" stroke-width="2.5" stroke-dasharray="${dash}"/></svg>${stage}</span>`;
}

function spoken({ stage, points, smooth }: Curve): string {
  const [first, last] = [(smooth ?? points)[0], (smooth ?? points).at(-1)];
  if (first === undefined || last === undefined) return `${stage}: no finite values`;
  return `${stage}: from ${formatNumber(first.value)} to ${formatNumber(last.value)} at step ${formatNumber(last.step)}`;
}

function notes(lines: readonly string[]): Markup {
  return html`<section aria-labelledby="notes"><h2 id="notes">Notes</h2><ul class="notes">${lines.map((line) => html`<li>${line}</li>`)}</ul></section>`;
}
