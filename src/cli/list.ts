import path from 'node:path';
import { readConfig } from '../config/load';
import { KdlabError } from '../core/errors';
import type { CatalogueEntry, Experiment } from '../core/experiment';
import { describeAll, namesIn, resolveNamed } from '../core/resolve';
import { unknownName } from '../core/section';
import { runsFolder } from '../run/execute';
import { listRuns } from '../run/folder';
import { experimentsFolder } from '../run/package-root';
import type { SharedOptions } from './options';
import { recipes, sweeps } from './recipes';

/** `kdlab list`: everything that can be named in a configuration, and the runs made so far. */
export function list(kind: string | undefined, options: SharedOptions): void {
  const all: Record<string, readonly CatalogueEntry[]> = {
    recipes: [...recipes()].map(([name, file]) => ({
      name,
      description: firstSentence(String(readConfig(file).description ?? '')),
    })),
    sweeps: [...sweeps()].map(([name, file]) => ({
      name,
      description: firstSentence(String(readConfig(file).description ?? '')),
    })),
    experiments: describeAll('experiment', [experimentsFolder]),
    ...catalogues(),
    runs: listRuns(runsFolder(options.runsDir)).map((folder) => {
      const { status, seconds, results } = folder.read();
      return {
        name: path.basename(folder.path),
        description: `${status}, ${seconds.toFixed(0)} s. ${results?.headline ?? ''}`,
      };
    }),
  };
  if (kind !== undefined && all[kind] === undefined) throw new KdlabError(unknownName('kind', kind, Object.keys(all)));
  const chosen = kind === undefined ? all : { [kind]: all[kind]! };
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(chosen)}\n`);
    return;
  }
  for (const [title, entries] of Object.entries(chosen)) {
    const rows = entries.map(({ name, description }) => [`  ${name}`, description]);
    process.stdout.write(`${title}\n${rows.length === 0 ? '  none yet' : leftTable(rows)}\n\n`);
  }
}

/** The catalogues of all experiments, merged by kind. */
function catalogues(): Record<string, CatalogueEntry[]> {
  const merged: Record<string, CatalogueEntry[]> = {};
  for (const name of namesIn([experimentsFolder])) {
    const catalogue = resolveNamed<Experiment>('experiment', [experimentsFolder], name).catalogue();
    for (const [kind, entries] of Object.entries(catalogue)) {
      merged[kind] ??= [];
      for (const entry of entries)
        if (!merged[kind].some((known) => known.name === entry.name)) merged[kind].push(entry);
    }
  }
  return merged;
}

function leftTable(rows: readonly (readonly string[])[]): string {
  const width = Math.max(...rows.map((row) => row[0]!.length));
  return rows.map(([name, description]) => `${name!.padEnd(width)}  ${description}`).join('\n');
}

function firstSentence(text: string): string {
  return text.replace(/\s+/g, ' ').match(/^.*?[.](?=\s|$)/)?.[0] ?? text.trim();
}
