import type { Interval, Results } from '../core/results';

/** The results as text: headline, a table with intervals, claims, notes. */
export function summarize(results: Results): string {
  const metrics = [...new Set(results.models.flatMap((model) => Object.keys(model.metrics)))];
  const fidelity = [...new Set(results.models.flatMap((model) => Object.keys(model.fidelity ?? {})))];
  // One column a model: metrics would need a wider terminal than most are.
  const row = (name: string, cell: (model: Results['models'][number]) => string) => [name, ...results.models.map(cell)];
  const rows = [
    row('', (model) => model.name),
    row('parameters', (model) => model.parameters.toLocaleString('en-US')),
    row('latency p50, ms', (model) => model.latency.p50.toFixed(3)),
    ...metrics.map((name) => row(name, (model) => interval(model.metrics[name]))),
    ...fidelity.map((name) => row(name, (model) => interval(model.fidelity?.[name]))),
  ];
  return [
    results.headline,
    '',
    table(rows),
    '',
    ...results.claims.map(({ claim, found, met }) => `${met ? '✓' : '✗'} ${claim}: ${found}`),
    ...results.notes.map((note) => `· ${note}`),
  ].join('\n');
}

function interval(value: Interval | undefined): string {
  if (value === undefined) return '–';
  return `${short(value.mean)} [${short(value.low)}, ${short(value.high)}]`;
}

function short(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value);
}

/** Columns aligned: the first to the left, the others to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
