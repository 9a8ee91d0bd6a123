import fs from 'node:fs';
import path from 'node:path';
import { stringify } from 'yaml';
import { checkStage, dryRun } from '../core/capability';
import { KdlabError, messageOf } from '../core/errors';
import type { Plan, StageSummary } from '../core/experiment';
import { unwritable, writeWhole } from '../core/files';
import { saveVariables } from '../core/params';
import { encodeState } from '../core/snapshot';
import type { State } from '../core/state';
import { restoreStage, type Stage, train } from '../core/trainer';
import type { Metrics } from '../core/types';
import { compiledSteps } from '../engine/compile';
import { type Engine, type EngineName, selectEngine } from '../engine/engine';
import { activeMachine } from '../engine/machine';
import { Untraceable } from '../engine/trace';
import { Rng } from '../math/rng';
import { exportStudent } from '../onnx/export';
import { writeReport } from '../report/write';
import { Journal } from '../track/journal';
import { cacheFolder, git, hardware, userName, versions } from './environment';
import type { RunFolder } from './folder';
import type { Prepared } from './prepare';
import type { RunRecord } from './record';
import { startTracking } from './tracking';

/** Who is told how a run goes: a terminal, a log file, nobody. */
export interface Reporter {
  note(message: string): void;
  stageStarted(stage: Stage, index: number, total: number, from: number): void;
  step(stage: Stage, step: number, metrics: Metrics | undefined): void;
  stageEnded(stage: Stage, step: number): void;
}

export interface ExecuteOptions {
  readonly reporter: Reporter;
  readonly command: string;
  readonly dataDir?: string;
  readonly download?: boolean;
  /** Train again even where an identical finished run exists. */
  readonly force?: boolean;
  /** The sweep that this run is a child of. */
  readonly sweep?: NonNullable<RunRecord['sweep']>;
  /** True once the user wants to stop. */
  readonly interrupted?: () => boolean;
}

export interface Outcome {
  readonly record: RunRecord;
  readonly folder: RunFolder;
  /** True where an identical finished run was found and nothing was done. */
  readonly reused: boolean;
  readonly report: string;
}

/**
 * Runs a prepared configuration: reports an identical finished run, resumes an unfinished one, else starts anew. The
 * run folder is complete at every moment; whatever happens, what was computed up to the last checkpoint is kept.
 */
export async function execute(prepared: Prepared, options: ExecuteOptions): Promise<Outcome> {
  const { folder } = prepared;
  const before = folder.exists() ? folder.read() : undefined;
  const report = folder.artifact('report.html');
  if (before?.status === 'FINISHED' && options.force !== true) {
    // A run killed between its end and its report still gets one.
    if (!fs.existsSync(report)) await writeReport(folder.path);
    return { record: before, folder, reused: true, report };
  }
  const unlock = folder.lock();
  try {
    if (options.force === true) folder.clear();
    return await runLocked(prepared, options.force === true ? undefined : before, options);
  } finally {
    unlock();
  }
}

/** Builds the plan and checks every stage; nothing is trained. */
export async function buildPlan(
  prepared: Prepared,
  options: Pick<ExecuteOptions, 'dataDir' | 'download'> & { notify: (message: string) => void },
): Promise<Plan> {
  const plan = await prepared.experiment.build(prepared.config, {
    rng: Rng.root(prepared.base.seed),
    ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
    download: options.download ?? true,
    cacheDir: cacheFolder(),
    runFolder: prepared.folder.path,
    notify: options.notify,
  });
  for (const stage of plan.stages) {
    checkStage(stage);
    dryRun(stage);
  }
  return plan;
}

async function runLocked(prepared: Prepared, before: RunRecord | undefined, options: ExecuteOptions): Promise<Outcome> {
  const { base, config, folder } = prepared;
  const { reporter } = options;
  // A resumed run must compute with the engine it began with, or its bits would change half-way.
  const engine = await selectEngine((before?.engine.name as EngineName | undefined) ?? base.engine);
  const plan = await buildPlan(prepared, { ...options, notify: (message) => reporter.note(message) });
  let record = newRecord(prepared, before, engine, plan, options);
  folder.write(record);
  writeWhole(folder.artifact('config.yaml'), stringify(config));
  if (before !== undefined) reporter.note(`resuming ${record.id}`);
  const began = performance.now();
  const end = (changes: Partial<RunRecord>) => {
    record = {
      ...record,
      ...changes,
      endedAt: Date.now(),
      seconds: (before?.seconds ?? 0) + (performance.now() - began) / 1000,
    };
    folder.write(record);
  };
  const tracking = startTracking(folder, base, (message) => reporter.note(message));
  try {
    const journal = new Journal(folder.metricsFile);
    let trained: Record<string, StageSummary> | undefined;
    try {
      trained = await runStages(plan, prepared, journal, options);
    } finally {
      journal.close();
    }
    if (journal.mismatches > 0)
      reporter.note(
        `warning: ${journal.mismatches} metrics recomputed after resuming differ from those recorded before; same machine and engine?`,
      );
    if (trained !== undefined) {
      reporter.note('evaluating');
      const results = await plan.evaluate(trained);
      writeWhole(folder.artifact('results.json'), `${JSON.stringify(results, null, 2)}\n`);
      saveWeights(plan, folder);
      saveOnnx(plan, folder, (message) => reporter.note(message));
      end({ status: 'FINISHED', results });
    } else end({ status: 'INTERRUPTED' });
  } catch (error) {
    try {
      end({ status: 'FAILED', error: messageOf(error) });
      await writeReport(folder.path);
    } catch {
      // The disk may be what failed; the error below says so, and the earlier run.json still stands.
    }
    await tracking.stop();
    throw error instanceof KdlabError
      ? error
      : new KdlabError(`run ${record.id} failed: ${messageOf(error)}`, { exitCode: 1, cause: error });
  }
  const report = await writeReport(folder.path);
  await tracking.stop();
  return { record, folder, reused: false, report };
}

/** Trains the stages in order, each from its checkpoint where there is one. Undefined where the user interrupted. */
async function runStages(
  plan: Plan,
  { base, folder }: Prepared,
  journal: Journal,
  options: ExecuteOptions,
): Promise<Record<string, StageSummary> | undefined> {
  const { reporter } = options;
  const trained: Record<string, StageSummary> = {};
  for (const [index, stage] of plan.stages.entries()) {
    const saved = folder.loadCheckpoint(stage.name);
    if (saved?.finished === true) {
      restoreStage(stage, saved.stage as State);
      trained[stage.name] = saved.summary as unknown as StageSummary;
      continue;
    }
    let lastCheckpoint = performance.now();
    let latest: Metrics | undefined;
    reporter.stageStarted(stage, index + 1, plan.stages.length, Number((saved?.stage as State | undefined)?.step ?? 0));
    const interrupted = () => options.interrupted?.() ?? false;
    let stopped = false;
    const machine = activeMachine();
    const { step, finished } = await train(stage, {
      ...(machine && { makeStep: compiledSteps(machine, (message) => reporter.note(message)) }),
      rng: Rng.root(stage.seed ?? base.seed).split(`stage/${stage.randomness ?? stage.name}`),
      ...(saved === undefined ? {} : { resume: saved.stage as State }),
      logEvery: base.logEvery,
      onMetrics: (at, metrics) => {
        latest = metrics;
        journal.append(stage.name, at, metrics);
      },
      onStep: (at) => {
        reporter.step(stage, at, latest);
        latest = undefined;
      },
      checkpoint: (at, state, done) => {
        const due = performance.now() - lastCheckpoint >= base.checkpointSeconds * 1000;
        if (!due && !done && !interrupted()) return;
        journal.sync();
        const summary = { step: at, metrics: stage.source.metrics?.() ?? {} };
        if (done) trained[stage.name] = summary;
        folder.saveCheckpoint(stage.name, { finished: done, summary, stage: state() });
        lastCheckpoint = performance.now();
        stopped = interrupted();
      },
      // A signal may come between the checkpoint of a step and this question: training stops once its state is saved.
      interrupted: () => stopped,
    });
    reporter.stageEnded(stage, step);
    if (!finished) {
      if (stopped) return undefined;
      throw new KdlabError(`stage "${stage.name}": its source ended after ${step} of ${stage.steps} steps`, {
        exitCode: 1,
      });
    }
  }
  return trained;
}

function newRecord(
  prepared: Prepared,
  before: RunRecord | undefined,
  engine: Engine,
  plan: Plan,
  { command, sweep = before?.sweep }: ExecuteOptions,
): RunRecord {
  const { base, config, experiment: _, hash, id } = prepared;
  const revision = git();
  const now = Date.now();
  return {
    schema: 1,
    id,
    experiment: base.experiment,
    name: base.name,
    description: base.description,
    configHash: hash,
    seed: base.seed,
    status: 'RUNNING',
    startedAt: before?.startedAt ?? now,
    seconds: before?.seconds ?? 0,
    sessions: [...(before?.sessions ?? []), { startedAt: now, command }],
    config,
    engine,
    versions: versions(),
    ...(revision === undefined ? {} : { git: revision }),
    hardware: hardware(),
    user: userName(),
    datasets: plan.datasets,
    ...(sweep === undefined ? {} : { sweep }),
  };
}

function saveWeights(plan: Plan, folder: RunFolder): void {
  for (const [role, model] of Object.entries(plan.models)) {
    const shapes = Object.fromEntries(Object.entries(model.params).map(([name, variable]) => [name, variable.shape]));
    writeWhole(folder.artifact(`${role}.safetensors`), encodeState(saveVariables(model.params), shapes));
  }
}

/** The student as an ONNX model, which other programs run; a student that ONNX cannot hold is said and kept as weights. */
function saveOnnx({ models: { student } }: Plan, folder: RunFolder, note: (message: string) => void): void {
  if (student === undefined) return;
  try {
    exportStudent(student, folder.artifact('student.onnx'));
  } catch (error) {
    if (!(error instanceof Untraceable || error instanceof KdlabError)) throw error;
    note(`student.onnx is not written: ${error.message}`);
  }
}

/** Where runs go: --runs-dir, KDLAB_RUNS, or `runs` in the working folder. */
export function runsFolder(chosen: string | undefined): string {
  return path.resolve(chosen ?? process.env.KDLAB_RUNS ?? 'runs');
}

/** Throws KdlabError where the output folder could not be made or written; makes nothing. */
export function assertWritable(folder: string): void {
  const reason = unwritable(folder);
  if (reason !== undefined)
    throw new KdlabError(
      `the output folder ${folder} cannot be written: ${reason}. Choose another with --runs-dir or KDLAB_RUNS.`,
    );
}
