import path from 'node:path';
import { baseSchema } from '../config/base';
import type { RawConfig } from '../config/load';
import { KdlabError } from '../core/errors';
import { formatDuration, formatNumber } from '../report/format';
import { hardware } from '../run/environment';
import { assertWritable, runsFolder } from '../run/execute';
import { trackingTarget } from '../run/tracking';
import { conduct, foreseenSettings } from '../sweep/conduct';
import { makeSweep, readSweep, type Sweep } from '../sweep/definition';
import { estimateByProbe, estimateFromRuns, wholeRuns } from '../sweep/estimate';
import { bestTrial, meanValue } from '../sweep/outcome';
import { findSweep, SweepFolder, type SweepRecord } from '../sweep/record';
import { makeSampler } from '../sweep/samplers';
import { checkAxes, prepareRun } from '../sweep/settings';
import { mirrorSweep } from '../track/sweep-mirror';
import { invocation, type SharedOptions } from './options';
import { configFile, sweepFile } from './recipes';
import { table } from './summary';
import { makeDisplay } from './sweep-display';
import { formatValue, headline, shortNames, trialTable } from './sweep-table';

export interface SweepOptions extends SharedOptions {
  readonly resume?: string;
  readonly dryRun?: boolean;
  readonly workers?: number;
  readonly threads?: number;
  /** MiB a worker. */
  readonly memory?: number;
  readonly retryFailed?: boolean;
}

/** Of the machine's memory, the share that all workers may take together. */
const MEMORY_SHARE = 0.8;
/** Signals this close together are one Ctrl-C: npm passes on what the terminal has sent to every process already. */
const SAME_KEYSTROKE_MS = 1000;
const PLANNED_SHOWN = 40;

/** `kdlab sweep`. Exit code 1 where a run failed, 130 where it was interrupted. */
export async function sweep(file: string | undefined, options: SweepOptions): Promise<void> {
  const runsDir = runsFolder(options.runsDir);
  assertWritable(runsDir);
  const asked = sweepOf(file, options.resume, runsDir);
  checkAxes(asked, runsDir);
  const pool = poolOf(options);
  if (options.dryRun === true) return dryRun(asked, pool, runsDir, options);
  const began = performance.now();
  const record = await conductWatched(asked, pool, runsDir, options);
  const folder = SweepFolder.of(runsDir, record.experiment, record.id);
  present(record, folder, runsOf(asked), performance.now() - began, options);
}

/** Runs a sweep with progress on the terminal, and Ctrl-C turned into checkpoints. */
export async function conductWatched(
  asked: Sweep,
  pool: Pool,
  runsDir: string,
  options: SweepOptions,
): Promise<SweepRecord> {
  const out = options.json === true ? process.stderr : process.stdout;
  const display = makeDisplay(out, runsOf(asked), pool.workers);
  const controller = new AbortController();
  const unhook = stopOnSignal(controller, (message) => display.note(message));
  const deliver = async (folder: SweepFolder): Promise<void> => {
    const { problem } = await deliverParent(folder, asked.base);
    if (problem !== undefined)
      display.note(`the sweep's own run on the tracking server: ${problem}; "kdlab sync" delivers it`);
  };
  try {
    return await conduct(asked, {
      runsDir,
      workers: pool.workers,
      limits: { threads: pool.threads, memoryMiB: pool.memoryMiB },
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
      download: options.offline !== true,
      command: `kdlab ${process.argv.slice(2).join(' ')}`,
      retryFailed: options.retryFailed === true,
      begun: deliver,
      ended: deliver,
      changed: (now, progress) => display.changed(now, progress),
      signal: controller.signal,
    });
  } finally {
    display.end();
    unhook();
  }
}

/** Delivers the run under which a server nests the sweep's, where a server is named. */
export async function deliverParent(
  folder: SweepFolder,
  base: RawConfig,
  to?: string,
): Promise<{ readonly delivered: boolean; readonly problem?: string }> {
  const settings = baseSchema.loose().parse(base) as Parameters<typeof trackingTarget>[0];
  const { tracking } = settings;
  const target = trackingTarget(to === undefined ? settings : { ...settings, tracking: { ...tracking, uri: to } });
  if (target === undefined || 'problem' in target) return { delivered: false };
  const problem = await mirrorSweep(folder, target);
  return problem === undefined ? { delivered: true } : { delivered: false, problem };
}

function runsOf({ definition }: Sweep): number {
  return makeSampler(definition).count * definition.seeds.length;
}

function sweepOf(file: string | undefined, resume: string | undefined, runsDir: string): Sweep {
  if ((file === undefined) === (resume === undefined))
    throw new KdlabError('name a sweep file, or an earlier sweep by --resume <id>, and not both');
  if (file !== undefined) return readSweep(sweepFile(file), configFile);
  const folder = findSweep(resume!, runsDir);
  const { definition, base, id } = folder.read();
  const found = makeSweep(definition, base, folder.recordFile);
  if (found.id !== id)
    throw new KdlabError(`${folder.recordFile} was edited: it now describes ${found.id}; run a sweep file instead`);
  return found;
}

export interface Pool {
  readonly workers: number;
  readonly threads: number;
  readonly memoryMiB: number;
}

/** As many workers as cores allow for their threads, unless told; memory shared among them. */
export function poolOf({ workers, threads = 1, memory }: SweepOptions): Pool {
  const { cores, memoryGiB } = hardware();
  const most = Math.max(1, Math.floor(cores / threads));
  if (threads > cores) throw new KdlabError(`--threads ${threads}: this machine has ${cores} cores`);
  if (workers !== undefined && workers > most)
    throw new KdlabError(
      `--workers ${workers} with ${threads} thread${threads === 1 ? '' : 's'} each are more than the ${cores} cores here; at most ${most}`,
    );
  if (workers === 0 || threads === 0) throw new KdlabError('--workers and --threads are at least 1');
  const count = workers ?? most;
  return { workers: count, threads, memoryMiB: memory ?? Math.floor((MEMORY_SHARE * memoryGiB * 1024) / count) };
}

function stopOnSignal(controller: AbortController, note: (message: string) => void): () => void {
  let first = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) {
      // A second one leaves at once: the workers' channel closes, and each writes its checkpoint and stops by itself.
      if (performance.now() - first > SAME_KEYSTROKE_MS) process.exit(130);
      return;
    }
    first = performance.now();
    note(`${signal}: every running run writes a checkpoint and stops …`);
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return () => process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
}

async function dryRun(asked: Sweep, pool: Pool, runsDir: string, options: SweepOptions): Promise<void> {
  const { definition, base, id } = asked;
  const sampler = makeSampler(definition);
  const settings = foreseenSettings(sampler);
  const prepared = (settings ?? [sampler.setting(0, [])]).map((setting) =>
    definition.seeds.map((seed) => prepareRun(asked, setting, seed, runsDir)),
  );
  const runs = new Map(prepared.flat().map((run) => [run.id, run]));
  const done = [...runs.values()].filter(({ folder }) => folder.exists() && folder.read().status === 'FINISHED').length;
  const first = prepared[0]![0]!;
  const estimate =
    estimateFromRuns(first, runsDir, hardware().cores) ??
    (await estimateByProbe(first, {
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
      download: options.offline !== true,
    }));
  const total = sampler.count * definition.seeds.length;
  const distinct = settings === undefined ? total : runs.size;
  const whole = Math.max(0, wholeRuns(definition, sampler.count) * (distinct / total) - done);
  const seconds = (whole * estimate.secondsPerRun) / Math.min(pool.workers, Math.max(1, whole));
  const summary = {
    sweepId: id,
    experiment: base.experiment,
    strategy: definition.strategy,
    settings: sampler.count,
    seeds: definition.seeds,
    runs: distinct,
    finishedBefore: done,
    workers: pool.workers,
    threads: pool.threads,
    memoryMiB: pool.memoryMiB,
    estimate: { ...estimate, wholeRuns: whole, computingSeconds: whole * estimate.secondsPerRun, wallSeconds: seconds },
    plan: settings,
  };
  if (options.json === true) {
    process.stdout.write(`${JSON.stringify(summary)}\n`);
    return;
  }
  const paths = Object.keys(definition.axes);
  const rows = (settings ?? [])
    .slice(0, PLANNED_SHOWN)
    .map((setting, i) => [
      String(i),
      ...paths.map((axis) => formatValue(setting[axis])),
      prepared[i]!.map((run) => run.id).join(' '),
    ]);
  const plan =
    settings === undefined
      ? 'Settings are chosen while it runs, from the results so far.'
      : `${table([['#', ...shortNames(paths), 'runs'], ...rows])}${settings.length > rows.length ? `\n… and ${settings.length - rows.length} more` : ''}`;
  process.stdout.write(
    `${asked.where} is valid; nothing was trained.\n\n${plan}\n\n` +
      `${id}: ${sampler.count} setting${sampler.count === 1 ? '' : 's'} × ${definition.seeds.length} seed${definition.seeds.length === 1 ? '' : 's'}` +
      ` = ${distinct} run${distinct === 1 ? '' : 's'}${distinct < total ? ` (${total - distinct} are the same as others)` : ''}, ${done} finished before.\n` +
      `${pool.workers} worker${pool.workers === 1 ? '' : 's'}, ${pool.threads} thread${pool.threads === 1 ? '' : 's'} and at most ${formatNumber(pool.memoryMiB)} MiB each.\n` +
      `Estimate: ${formatDuration(seconds)} (${formatDuration(estimate.secondsPerRun)} a run by ${estimate.basis}` +
      `${'asha' in definition.strategy ? '; halted runs counted by their share of the budget, without the stages before it' : ''}).\n`,
  );
}

function present(
  record: SweepRecord,
  folder: SweepFolder,
  total: number,
  milliseconds: number,
  options: SweepOptions,
): void {
  const best = bestTrial(record);
  const failed = record.trials.some(({ children }) => children.some(({ status }) => status === 'FAILED'));
  process.exitCode = record.status === 'INTERRUPTED' ? 130 : failed ? 1 : 0;
  if (options.json === true) {
    const { id: sweepId, status, experiment, name, trials } = record;
    const runs = path.join(folder.path, '..', '..');
    const listed = trials.map(({ number, setting, children }) => {
      const mean = meanValue(children);
      const told = children.map((child) => ({ ...child, folder: path.join(runs, child.run) }));
      return { trial: number, setting, ...(mean === undefined ? {} : { mean }), runs: told };
    });
    const summary = { sweepId, status, experiment, name, seconds: milliseconds / 1000, folder: folder.path };
    process.stdout.write(
      `${JSON.stringify({ ...summary, ...(best === undefined ? {} : { best: best.number }), trials: listed })}\n`,
    );
    return;
  }
  const where = options.runsDir === undefined ? '' : ` --runs-dir ${options.runsDir}`;
  const next =
    record.status === 'INTERRUPTED'
      ? `Stopped; go on with:\n  ${invocation()} sweep --resume ${record.id}${where}`
      : `Compare its runs with:\n  ${invocation()} compare ${record.id}${where}`;
  const failures = record.trials.flatMap(({ number, children }) =>
    children.flatMap(({ seed, status, error }) =>
      status === 'FAILED' ? [`  setting ${number}, seed ${seed}: ${error ?? ''}`] : [],
    ),
  );
  process.stdout.write(
    `\n${trialTable(record, new Map())}\n\n${headline(record, total, undefined)}, ${formatDuration(milliseconds / 1000)}.\n` +
      `${failures.length === 0 ? '' : `Failed (take them up again with --retry-failed):\n${failures.join('\n')}\n`}` +
      `${best === undefined ? '' : `Best by ${record.definition.metric}: setting ${best.number}.\n`}` +
      `Record ${folder.recordFile}\n${next}\n`,
  );
}
