import { formatDuration, formatNumber } from '../report/format';
import type { ChildProgress } from '../sweep/messages';
import { bestTrial, meanValue } from '../sweep/outcome';
import type { Child, SweepRecord, Trial } from '../sweep/record';
import { table } from './summary';

const SIGNS: Readonly<Record<Child['status'], string>> = {
  WAITING: '·',
  RUNNING: '▸',
  PAUSED: '‖',
  INTERRUPTED: '‖',
  FINISHED: '✓',
  FAILED: '✗',
};

/** How many runs are where. */
export interface Tally {
  readonly finished: number;
  readonly reused: number;
  readonly failed: number;
  readonly running: number;
  readonly paused: number;
}

export function tallyOf({ trials }: SweepRecord): Tally {
  const children = trials.flatMap((trial) => trial.children);
  const count = (test: (child: Child) => boolean) => children.filter(test).length;
  return {
    finished: count(({ status }) => status === 'FINISHED'),
    reused: count(({ reused }) => reused === true),
    failed: count(({ status }) => status === 'FAILED'),
    running: count(({ status }) => status === 'RUNNING'),
    paused: count(({ status }) => status === 'PAUSED' || status === 'INTERRUPTED'),
  };
}

/** The share of a run that is done, its stages counted as equally long. */
export function shareDone({ index, stages, step, steps }: ChildProgress): number {
  return (index - 1 + step / Math.max(1, steps)) / Math.max(1, stages);
}

/** One line: what is done, what runs, the time left. */
export function headline(record: SweepRecord, total: number, secondsLeft: number | undefined): string {
  const { finished, reused, failed, running, paused } = tallyOf(record);
  return [
    `${record.id}: ${finished} of ${total} run${total === 1 ? '' : 's'} finished${reused > 0 ? ` (${reused} of them before)` : ''}`,
    ...(running > 0 ? [`${running} running`] : []),
    ...(paused > 0 ? [`${paused} halted`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
    ...(secondsLeft === undefined ? [] : [`about ${formatDuration(Math.round(secondsLeft))} left`]),
  ].join(' · ');
}

/** A row a setting: its values, a sign for each seed, how far it is or what it came to. At most `rows` of them. */
export function trialTable(
  record: SweepRecord,
  progress: ReadonlyMap<string, ChildProgress>,
  rows = Number.POSITIVE_INFINITY,
): string {
  const { definition, trials } = record;
  const paths = Object.keys(definition.axes);
  const short = shortNames(paths);
  const best = bestTrial(record);
  const shown = chosen(trials, best, rows);
  const cells = shown.map((trial) => [
    `${trial.number}${trial === best ? ' *' : ''}`,
    ...paths.map((path) => formatValue(trial.setting[path])),
    trial.children.map(({ status }) => SIGNS[status]).join(''),
    ...(definition.metric === undefined ? [] : [formatMean(trial.children)]),
    stateOf(trial, progress),
  ]);
  const head = ['#', ...short, 'runs', ...(definition.metric === undefined ? [] : [definition.metric]), ''];
  const hidden = trials.length - shown.length;
  return `${table([head, ...cells])}${hidden > 0 ? `\n… and ${hidden} more` : ''}`;
}

/** Paths without the part that all share, as long as they stay apart. */
export function shortNames(paths: readonly string[]): string[] {
  const split = paths.map((path) => path.split('.'));
  for (let length = 1; ; length++) {
    const names = split.map((keys) => keys.slice(-length).join('.'));
    if (new Set(names).size === names.length || split.every((keys) => keys.length <= length)) return names;
  }
}

function chosen(trials: readonly Trial[], best: Trial | undefined, rows: number): readonly Trial[] {
  if (trials.length <= rows) return trials;
  const running = trials.filter(({ children }) => children.some(({ status }) => status === 'RUNNING'));
  const order = [...new Set([...running, ...(best === undefined ? [] : [best]), ...[...trials].reverse()])];
  return order.slice(0, rows).sort((a, b) => a.number - b.number);
}

function stateOf({ children }: Trial, progress: ReadonlyMap<string, ChildProgress>): string {
  const running = children.flatMap(({ run }) => progress.get(run) ?? []);
  const first = running[0];
  if (first !== undefined)
    return `${first.stage} ${Math.floor((100 * first.step) / Math.max(1, first.steps))} % (${first.index}/${first.stages})`;
  const failed = children.find(({ status }) => status === 'FAILED');
  if (failed !== undefined) return `failed: ${failed.error?.split('\n')[0]?.slice(0, 80) ?? ''}`;
  const rungs = Math.min(...children.map((child) => child.rungs?.length ?? 0));
  return rungs > 0 && children.some(({ status }) => status === 'PAUSED') ? `halted at rung ${rungs}` : '';
}

function formatMean(children: readonly Child[]): string {
  const mean = meanValue(children);
  return mean === undefined ? '–' : formatNumber(mean);
}

/** A value of an axis in a table: numbers plainly, parts as compact JSON. */
export function formatValue(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
