import path from 'node:path';
import { dotted } from '../config/dotted';
import { KdlabError } from '../core/errors';
import { unknownName } from '../core/section';
import { listRuns, RunFolder } from '../run/folder';
import type { RunRecord } from '../run/record';
import { listSweeps, SweepFolder } from '../sweep/record';

/** A run that has been chosen, wherever it is kept. */
export interface Chosen {
  readonly record: RunRecord;
  /** Its folder; absent where it comes from a server. */
  readonly folder?: string;
}

/**
 * The runs that a list of words names: a run by id or folder, a sweep by id or folder, a glob over ids or
 * `<experiment>/<id>`, or a tag `key=value`, where the key is `name`, `experiment`, `status`, `engine`, `sweep` or a dotted
 * path of the configuration. Each once, in the order named. Throws KdlabError for a word that names none.
 */
export function selectRuns(words: readonly string[], runsDir: string): Chosen[] {
  const all = listRuns(runsDir).map((folder): Chosen & { folder: string } => ({
    record: folder.read(),
    folder: folder.path,
  }));
  const chosen = new Map<string, Chosen>();
  for (const word of words) for (const run of named(word, all, runsDir)) chosen.set(run.folder!, run);
  return [...chosen.values()];
}

function named(word: string, all: readonly (Chosen & { folder: string })[], runsDir: string): readonly Chosen[] {
  const direct = new RunFolder(path.resolve(word));
  if (direct.exists()) return [{ record: direct.read(), folder: direct.path }];
  const sweeps = listSweeps(runsDir);
  const place = new SweepFolder(path.resolve(word.replace(/sweep\.json$/, '')));
  const sweep = place.exists() ? place : sweeps.find((each) => path.basename(each.path) === word);
  if (sweep !== undefined) return childrenOf(sweep);
  const test = testOf(word);
  const found = all.filter(({ record }) => test?.(record) ?? record.id === word);
  if (found.length > 0) return found.reverse();
  if (test !== undefined) throw new KdlabError(`no run in ${runsDir} matches ${word}; "kdlab list runs" shows them`);
  const known = [...sweeps.map((each) => path.basename(each.path)), ...all.map(({ record }) => record.id)];
  throw new KdlabError(`${unknownName('run or sweep', word, known.slice(0, 20))} in ${runsDir}`);
}

/** The children of a sweep that have a folder, in the order of its settings. */
function childrenOf(sweep: SweepFolder): Chosen[] {
  const folders = sweep
    .read()
    .trials.flatMap(({ children }) => children.map((child) => new RunFolder(path.resolve(sweep.runFolder(child)))));
  return folders.filter((folder) => folder.exists()).map((folder) => ({ record: folder.read(), folder: folder.path }));
}

/** What a glob or a tag asks of a run; undefined for a plain word. */
export function testOf(word: string): ((record: RunRecord) => boolean) | undefined {
  const equals = word.indexOf('=');
  if (equals > 0) {
    const [key, value] = [word.slice(0, equals), word.slice(equals + 1)];
    return (record) => tagsOf(record, key).includes(value);
  }
  if (!/[*?]/.test(word)) return undefined;
  const pattern = new RegExp(
    `^${word
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  return ({ id, experiment }) => pattern.test(id) || pattern.test(`${experiment}/${id}`);
}

function tagsOf(record: RunRecord, key: string): string[] {
  if (key === 'sweep') return record.sweep === undefined ? [] : [record.sweep.id, record.sweep.name];
  if (key === 'engine') return [record.engine.name];
  if (key === 'name' || key === 'experiment' || key === 'status') return [record[key]];
  const value = dotted(record.config, { branches: true }).get(key);
  return value === undefined ? [] : [typeof value === 'string' ? value : JSON.stringify(value)];
}
