import type { Interval, ModelResult, Results } from '../core/results';
import { formatBytes, formatCompact, formatInterval, formatNumber, formatRatio, titleOf } from './format';
import { html, type Markup } from './markup';
import { roleColor, roleSymbol } from './palette';

interface Row {
  readonly label: string;
  readonly detail?: string;
  readonly strong?: boolean;
  readonly cells: readonly Markup[];
}

const NONE = html`<span class="none">–</span>`;

/** Models side by side: quality with intervals, size, speed, fidelity to the teacher, what training cost. */
export function comparisonTable(results: Results): Markup {
  const { models } = results;
  const groups: readonly [string, readonly Row[]][] = [
    ['Quality', qualityRows(results)],
    ['Size', sizeRows(models)],
    ['Latency of one example', latencyRows(models)],
    ['Requests', numberRows(models, ({ requests }) => requests)],
    ['Fidelity to the teacher', intervalRows(models, (model) => model.fidelity)],
    ['Training budget', numberRows(models, ({ budget }) => budget)],
  ];
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Comparison of the models">
<table class="comparison"><caption class="hidden">Comparison of the models</caption>
<thead><tr><td></td>${models.map(modelHead)}</tr></thead>
${groups.filter(([, rows]) => rows.length > 0).map(([title, rows]) => rowGroup(title, rows, models.length))}
</table></div>
<p class="fine">${methods(results)}</p>`;
}

function modelHead({ role, name, description }: ModelResult): Markup {
  return html`<th scope="col"><span class="role" style="color:${roleColor(role)}">${symbolOf(role)}${role}</span>
<span class="name">${name}</span><span class="description">${description}</span></th>`;
}

/** The role's mark as in the charts. */
export function symbolOf(role: ModelResult['role']): Markup {
  const shapes = {
    circle: html`<circle cx="6" cy="6" r="4.6"/>`,
    diamond: html`<path d="M6 0.4L11.6 6L6 11.6L0.4 6Z"/>`,
    triangle: html`<path d="M6 0.8L11.4 10.6H0.6Z"/>`,
    square: html`<path d="M1.8 1.8h8.4v8.4h-8.4Z"/>`,
  };
  return html`<svg class="mark" viewBox="0 0 12 12" aria-hidden="true" fill="${roleColor(role)}">${shapes[roleSymbol(role)]}</svg>`;
}

function rowGroup(title: string, rows: readonly Row[], columns: number): Markup {
  return html`<tbody><tr class="group"><th scope="rowgroup" colspan="${columns + 1}"><span>${title}</span></th></tr>
${rows.map(
  ({ label, detail, strong, cells }) =>
    html`<tr${strong === true ? html` class="strong"` : undefined}><th scope="row">${label}${
      detail === undefined ? undefined : html`<small>${detail}</small>`
    }</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
)}</tbody>`;
}

function qualityRows({ models, primaryMetric, higherIsBetter }: Results): Row[] {
  const [primary, ...others] = intervalRows(models, (model) => model.metrics, primaryMetric);
  if (primary === undefined) return [];
  if (primary.label !== titleOf(primaryMetric)) return [primary, ...others];
  return [{ ...primary, detail: higherIsBetter ? 'higher is better' : 'lower is better', strong: true }, ...others];
}

function intervalRows(
  models: readonly ModelResult[],
  pick: (model: ModelResult) => Readonly<Record<string, Interval>> | undefined,
  first?: string,
): Row[] {
  const names = [...new Set(models.flatMap((model) => Object.keys(pick(model) ?? {})))];
  names.sort((a, b) => Number(b === first) - Number(a === first));
  return names.map((name) => {
    const intervals = models.map((model) => pick(model)?.[name]);
    const known = intervals.filter((interval) => interval !== undefined);
    return { label: titleOf(name), cells: intervals.map((interval) => intervalCell(interval, known)) };
  });
}

function intervalCell(interval: Interval | undefined, beside: readonly Interval[]): Markup {
  if (interval === undefined) return NONE;
  const { value, bounds } = formatInterval(interval, beside);
  return html`<span class="value">${value}</span> <span class="bounds">${bounds}</span>`;
}

function sizeRows(models: readonly ModelResult[]): Row[] {
  const teacher = models.find(({ role }) => role === 'teacher');
  const exact = (value: number) =>
    html`<span title="${formatNumber(value)}">${value < 1e6 ? formatNumber(value) : formatCompact(value)}</span>`;
  const rows: Row[] = [{ label: 'Parameters', cells: models.map(({ parameters }) => exact(parameters)) }];
  if (teacher !== undefined)
    rows.push({
      label: 'Parameters relative to the teacher',
      cells: models.map((model) =>
        model === teacher ? html`1` : html`${formatRatio(model.parameters / teacher.parameters)}`,
      ),
    });
  rows.push(
    {
      label: 'Stored size',
      cells: models.map(({ bytes }) => html`<span title="${formatNumber(bytes)} bytes">${formatBytes(bytes)}</span>`),
    },
    { label: 'Multiply-adds', detail: 'per example', cells: models.map(({ multiplyAdds }) => exact(multiplyAdds)) },
  );
  return rows;
}

function latencyRows(models: readonly ModelResult[]): Row[] {
  return (['p50', 'p95'] as const).map((percentile) => ({
    label: percentile === 'p50' ? 'Median' : '95th percentile',
    detail: `${percentile}, batch 1`,
    cells: models.map(({ latency }) => html`${formatLatency(latency[percentile])}`),
  }));
}

function formatLatency(milliseconds: number): string {
  return Number.isFinite(milliseconds) ? `${formatNumber(Number(milliseconds.toPrecision(3)))} ms` : '–';
}

function numberRows(
  models: readonly ModelResult[],
  pick: (model: ModelResult) => Readonly<Record<string, number>> | undefined,
): Row[] {
  const names = [...new Set(models.flatMap((model) => Object.keys(pick(model) ?? {})))];
  return names.map((name) => ({
    label: titleOf(name),
    cells: models.map((model) => {
      const value = pick(model)?.[name];
      return value === undefined ? NONE : html`${formatNumber(value)}`;
    }),
  }));
}

const METHODS: Readonly<Record<Interval['method'], string>> = {
  bootstrap: 'percentile bootstrap',
  wilson: 'Wilson score',
  'student-t': 'Student’s t',
};

/** How the intervals were made, in one sentence a metric. */
function methods({ models }: Results): string {
  const found = new Map<string, Set<string>>();
  for (const model of models)
    for (const [name, { method, n }] of Object.entries({ ...model.metrics, ...model.fidelity })) {
      const how = `${METHODS[method] ?? method}, n\u00a0=\u00a0${formatNumber(n)}`;
      found.set(how, (found.get(how) ?? new Set()).add(titleOf(name)));
    }
  const sentences = [...found].map(([how, names]) => `${[...names].join(', ')}: ${how}`);
  return `Square brackets hold 95 % intervals. ${sentences.join('; ')}.`;
}
