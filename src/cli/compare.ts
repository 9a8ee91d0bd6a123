import path from 'node:path';
import { type Comparison, compare as compareRuns } from '../compare/comparison';
import { toCsv } from '../compare/csv';
import { frontierRows } from '../compare/frontier-section';
import type { ComparedRun } from '../compare/groups';
import { toJson } from '../compare/json';
import { toLatex } from '../compare/latex';
import { renderComparison } from '../compare/page';
import { selectRuns } from '../compare/select';
import { detailRows, differenceRows, metricRows, testRows } from '../compare/text';
import { KdlabError } from '../core/errors';
import { writeWhole } from '../core/files';
import { readJournal } from '../report/journal';
import { runsFolder } from '../run/execute';
import { table } from './summary';

interface CompareCommand {
  readonly runsDir?: string;
  readonly json?: boolean;
  readonly from?: string;
  readonly metric?: string;
  readonly model?: string;
  readonly against?: string;
  readonly html?: string;
  readonly csv?: string;
  readonly latex?: string;
}

/** `kdlab compare`. */
export async function compare(words: readonly string[], options: CompareCommand): Promise<void> {
  const { metric, model, against } = options;
  const runs = options.from === undefined ? await localRuns(words, options) : await serverRuns(words, options.from);
  const comparison = compareRuns(runs, {
    ...(metric === undefined ? {} : { metric }),
    ...(model === undefined ? {} : { model }),
    ...(against === undefined ? {} : { against: against.toUpperCase() }),
  });
  const files = { html: options.html, csv: options.csv, latex: options.latex };
  const contents = {
    html: () => renderComparison(comparison, { title: words.join(', ') }),
    csv: () => toCsv(comparison),
    latex: () => toLatex(comparison),
  };
  const written: string[] = [];
  for (const kind of ['html', 'csv', 'latex'] as const) {
    const file = files[kind];
    if (file === undefined) continue;
    writeWhole(path.resolve(file), contents[kind]());
    written.push(path.resolve(file));
  }
  if (options.json === true) process.stdout.write(`${JSON.stringify(toJson(comparison))}\n`);
  else process.stdout.write(`${asText(comparison)}\n${written.map((file) => `Written: ${file}\n`).join('')}`);
}

async function localRuns(words: readonly string[], options: CompareCommand): Promise<ComparedRun[]> {
  const chosen = selectRuns(words, runsFolder(options.runsDir));
  return Promise.all(
    chosen.map(async ({ record, folder }) => ({ record, curves: (await readJournal(folder!)).metrics })),
  );
}

async function serverRuns(words: readonly string[], uri: string): Promise<ComparedRun[]> {
  if (!/^https?:\/\//.test(uri))
    throw new KdlabError(`--from ${uri}: expected an MLflow server, http:// or https://; local runs need no --from`);
  const [{ MlflowClient }, { selectServerRuns, serverCurves }] = await Promise.all([
    import('../mlflow'),
    import('../compare/server'),
  ]);
  const client = new MlflowClient({ uri });
  try {
    const chosen = await selectServerRuns(words, client);
    const runs: ComparedRun[] = [];
    for (const run of chosen) runs.push({ record: run.record, curves: await serverCurves(run, client) });
    return runs;
  } finally {
    await client.close();
  }
}

function asText(comparison: Comparison): string {
  const { families, fronts, frontier, differences, notes, metric, higherIsBetter } = comparison;
  const part = (title: string, rows: ReturnType<typeof metricRows>) => `${title}\n${table(rows)}\n`;
  return [
    part(`${metric}, ${higherIsBetter ? 'higher' : 'lower'} is better`, leftLabels(metricRows(comparison))),
    ...families.map((family) => part(`Paired tests: ${family.title}`, testRows(family))),
    ...(frontier === undefined ? [] : [part('Privacy and utility', frontierRows(frontier))]),
    part('Measured', detailRows(comparison)),
    ...(differences.length === 0 ? [] : [part('Configurations differ in', differenceRows(comparison))]),
    ...fronts.map(({ cost, points }) => {
      const best = points.filter(({ onFront }) => onFront).sort((a, b) => a.cost - b.cost);
      return `Pareto front of ${metric} against ${cost}: ${best.map(({ letter, model }) => `${letter} ${model}`).join(', ')}\n`;
    }),
    notes.map((note) => `· ${note}`).join('\n'),
  ].join('\n');
}

/** Letter and label in one cell: text is aligned to the left only in the first column. */
function leftLabels(rows: ReturnType<typeof metricRows>): string[][] {
  return rows.map(([letter, label, ...rest], i) => [i === 0 ? '' : `${letter} ${label}`, ...rest]);
}
