import path from 'node:path';
import { readConfig } from '../config/load';
import { KdlabError } from '../core/errors';
import { keysOf, type ModelResult } from '../core/results';
import { assertWritable, execute, type Outcome, type Reporter, runsFolder } from '../run/execute';
import { findRun } from '../run/folder';
import { type Prepared, prepare, wasEdited } from '../run/prepare';
import { invocation, type RunOptions, type SharedOptions } from './options';
import { BarReporter, LineReporter } from './progress';
import { configFile } from './recipes';
import { acrossSeeds, seedTable } from './seeds';
import { summarize } from './summary';

/** Signals this close together are one Ctrl-C. */
const SAME_KEYSTROKE_MS = 2000;

/** `kdlab run`. */
export async function run(config: string, options: RunOptions): Promise<void> {
  if (options.seed !== undefined && options.seeds !== undefined)
    throw new KdlabError('--seed and --seeds exclude each other');
  const file = configFile(config);
  const runsDir = runsFolder(options.runsDir);
  assertWritable(runsDir);
  const prepareSeed = (seed: number | undefined): Prepared =>
    prepare(readConfig(file, { ...options, ...(seed === undefined ? {} : { seed }) }), { runsDir, where: file });
  // All are validated before the first is trained.
  const all = (options.seeds ?? [options.seed]).map((seed) => prepareSeed(seed));
  const outcomes: Outcome[] = [];
  for (const prepared of all) {
    const outcome = await watched(prepared, options);
    outcomes.push(outcome);
    if (outcome.record.status === 'INTERRUPTED') break;
  }
  present(outcomes, options);
}

/** `kdlab resume`. */
export async function resume(run: string, options: SharedOptions): Promise<void> {
  const runsDir = runsFolder(options.runsDir);
  const folder = findRun(run, runsDir);
  const record = folder.read();
  if (wasEdited(record))
    throw new KdlabError(
      `${folder.recordFile}: the configuration was edited after the run began, and resuming would mix two; ` +
        'undo the edit, or run the changed configuration as a run of its own',
    );
  const prepared = prepare({ ...record.config }, { runsDir, where: folder.recordFile });
  present([await watched({ ...prepared, folder, id: path.basename(folder.path) }, options)], options);
}

/** `kdlab report`. */
export async function report(run: string, options: SharedOptions): Promise<void> {
  const { writeReport } = await import('../report/write');
  process.stdout.write(`${await writeReport(findRun(run, runsFolder(options.runsDir)).path)}\n`);
}

/** Executes with progress on the terminal and Ctrl-C turned into a checkpoint. */
async function watched(prepared: Prepared, options: RunOptions): Promise<Outcome> {
  const out = options.json === true ? process.stderr : process.stdout;
  const reporter: Reporter = process.stderr.isTTY && out.isTTY ? new BarReporter() : new LineReporter(out);
  let interrupted = false;
  let first = 0;
  const onSignal = (signal: NodeJS.Signals) => {
    if (interrupted) {
      // A second Ctrl-C leaves at once; the last checkpoint stands. One that follows immediately is the same one: npm
      // passes on what the terminal has already sent to every process.
      if (performance.now() - first > SAME_KEYSTROKE_MS) process.exit(130);
      return;
    }
    interrupted = true;
    first = performance.now();
    reporter.note(`${signal}: writing a checkpoint and stopping …`);
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    return await execute(prepared, {
      reporter,
      command: `kdlab ${process.argv.slice(2).join(' ')}`,
      ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
      download: options.offline !== true,
      force: options.force === true,
      interrupted: () => interrupted,
    });
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
}

function present(outcomes: readonly Outcome[], options: SharedOptions): void {
  const say = (text: string) => options.json !== true && process.stdout.write(`${text}\n`);
  for (const { record, folder, reused, report } of outcomes) {
    if (record.status === 'INTERRUPTED') {
      say(`\nStopped; resume with:\n  ${invocation()} resume ${record.id}${hint(options)}`);
      process.exitCode = 130;
    }
    if (reused) say(`An identical finished run exists; nothing was done (--force trains again).`);
    if (record.results !== undefined) say(`\n${summarize(record.results)}\n`);
    say(
      `Run folder ${folder.path}, ${record.seconds.toFixed(1)} s on engine ${record.engine.name}.\nReport: ${report}`,
    );
  }
  if (outcomes.length > 1) say(`\n${seedTable(acrossSeeds(outcomes))}`);
  if (options.json !== true) return;
  const objects = outcomes.map(machineReadable);
  const summary = outcomes.length === 1 ? objects[0] : { runs: objects, acrossSeeds: acrossSeeds(outcomes) };
  process.stdout.write(`${JSON.stringify(summary)}\n`);
}

function hint({ runsDir }: SharedOptions): string {
  return runsDir === undefined ? '' : ` --runs-dir ${runsDir}`;
}

/** One JSON object of a run, stable for scripts. */
function machineReadable({ record, folder, reused, report }: Outcome): Record<string, unknown> {
  const models = record.results?.models ?? [];
  const byModel = <T>(of: (model: ModelResult) => T): Record<string, T> =>
    Object.fromEntries(keysOf(models).map((key, i) => [key, of(models[i]!)]));
  return {
    runId: record.id,
    status: record.status,
    reused,
    experiment: record.experiment,
    seed: record.seed,
    configHash: record.configHash,
    engine: record.engine.name,
    seconds: record.seconds,
    parameters: byModel(({ parameters }) => parameters),
    metrics: byModel(({ metrics, fidelity }) => ({ ...metrics, ...fidelity })),
    claims: record.results?.claims ?? [],
    artifacts: { folder: folder.path, record: folder.recordFile, metrics: folder.metricsFile, report },
  };
}
