import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { writeWhole } from '../core/files';
import { type MetricPoint, type MlflowClient, MlflowError, type Run } from '../mlflow';
import { bestTrial, meanValue } from '../sweep/outcome';
import { SweepFolder, type SweepRecord } from '../sweep/record';
import { lockDelivery } from './delivery-lock';
import { publicUri } from './delivery-report';
import { taggedRun } from './remote-run';
import { RUN_KEY_TAG } from './run-contents';

type Target = { readonly uri: string; readonly experimentName: string };

/** `mlflow.json` in a sweep's folder: the parent run on each server that the sweep was ever delivered to. */
interface ParentFile {
  readonly schema: 1;
  readonly parents: readonly { readonly uri: string; readonly experimentName: string; readonly runId: string }[];
}

/** The MLflow run of the sweep that made a run, where it is known: the run is nested under it. */
export function parentOf(
  runFolder: string,
  sweep: { readonly id: string } | undefined,
  target: Target,
): string | undefined {
  if (sweep === undefined) return undefined;
  return knownParent(SweepFolder.of(path.join(runFolder, '..', '..'), experimentOf(runFolder), sweep.id), target);
}

/**
 * Brings the server's parent run of a sweep up to date: found by its tag or created, so that doing it again adds
 * nothing. The axes, strategy and seeds are parameters, the numbers of runs and the best value metrics, `sweep.json`
 * an artifact. Returns its run id. Throws MlflowError where the server fails, BusyError where another process
 * delivers this sweep just now.
 */
export async function deliverSweep(client: MlflowClient, folder: SweepFolder, target: Target): Promise<string> {
  const unlock = lockDelivery(folder.path);
  try {
    const record = folder.read();
    const run = await reachParent(client, record, target, knownParent(folder, target));
    remember(folder, target, run.runId);
    const params = Object.fromEntries(
      Object.entries(paramsOf(record)).filter(([key]) => run.params[key] === undefined),
    );
    await client.logBatch(run.runId, { tags: tagsOf(record), params, metrics: metricsOf(record) });
    const { status, endedAt } = record;
    await client.updateRun(run.runId, {
      status: status === 'INTERRUPTED' ? 'KILLED' : status,
      ...(endedAt === undefined ? {} : { endTime: endedAt }),
    });
    if (status !== 'RUNNING') await client.uploadArtifact(run, 'sweep.json', folder.recordFile);
    return run.runId;
  } finally {
    unlock();
  }
}

async function reachParent(
  client: MlflowClient,
  record: SweepRecord,
  { experimentName }: Target,
  known: string | undefined,
): Promise<Run> {
  if (known !== undefined) {
    const run = await aliveRun(client, known);
    if (run !== undefined) return run;
  }
  const experimentId = await client.ensureExperiment(experimentName);
  const tags = tagsOf(record);
  return (
    (await taggedRun(client, experimentId, tags[RUN_KEY_TAG]!)) ??
    (await client.createRun({
      experimentId,
      runName: record.id,
      startTime: record.startedAt,
      tags,
      identifiedBy: RUN_KEY_TAG,
      userId: os.userInfo().username,
    }))
  );
}

async function aliveRun(client: MlflowClient, runId: string): Promise<Run | undefined> {
  try {
    const run = await client.getRun(runId);
    return run.lifecycleStage === 'deleted' ? undefined : run;
  } catch (error) {
    if (error instanceof MlflowError && error.status === 404) return undefined;
    throw error;
  }
}

function tagsOf({ id, name, startedAt, description, sessions }: SweepRecord): Record<string, string> {
  return {
    [RUN_KEY_TAG]: `${id}@${startedAt}`,
    'kdlab.sweep': name,
    'mlflow.user': os.userInfo().username,
    'mlflow.source.type': 'LOCAL',
    'mlflow.source.name': sessions.at(-1)?.command ?? 'kdlab sweep',
    ...(description === '' ? {} : { 'mlflow.note.content': description }),
  };
}

function paramsOf({ definition }: SweepRecord): Record<string, string> {
  const axes = Object.entries(definition.axes).map(([key, axis]) => [`axes.${key}`, JSON.stringify(axis)]);
  const { strategy, seeds, metric, goal } = definition;
  return {
    ...Object.fromEntries(axes),
    strategy: JSON.stringify(strategy),
    seeds: JSON.stringify(seeds),
    goal,
    ...(metric === undefined ? {} : { metric }),
  };
}

/** Counted at the end only, whose time is fixed: sending them again adds nothing. */
function metricsOf(record: SweepRecord): MetricPoint[] {
  const { trials, definition, endedAt } = record;
  if (endedAt === undefined) return [];
  const children = trials.flatMap((trial) => trial.children);
  const best = bestTrial(record);
  const counts = {
    settings: trials.length,
    'runs/finished': children.filter(({ status }) => status === 'FINISHED').length,
    'runs/failed': children.filter(({ status }) => status === 'FAILED').length,
    ...(best === undefined
      ? {}
      : { 'best/setting': best.number, [`best/${definition.metric}`]: meanValue(best.children)! }),
  };
  return Object.entries(counts).map(([key, value]) => ({ key, value, timestamp: endedAt, step: 0 }));
}

function experimentOf(runFolder: string): string {
  return path.basename(path.dirname(runFolder));
}

function knownParent(folder: SweepFolder, target: Target): string | undefined {
  return readParents(folder).find((parent) => isSame(parent, target))?.runId;
}

function remember(folder: SweepFolder, target: Target, runId: string): void {
  const before = readParents(folder);
  if (before.some((parent) => isSame(parent, target) && parent.runId === runId)) return;
  const { experimentName } = target;
  const parents = [
    ...before.filter((parent) => !isSame(parent, target)),
    { uri: publicUri(target.uri), experimentName, runId },
  ];
  writeWhole(ledgerFile(folder), `${JSON.stringify({ schema: 1, parents } satisfies ParentFile, null, 2)}\n`);
}

function isSame(parent: Target, { uri, experimentName }: Target): boolean {
  return parent.uri === publicUri(uri) && parent.experimentName === experimentName;
}

/** A damaged file counts as none: the parent is then found by its tag. */
function readParents(folder: SweepFolder): ParentFile['parents'] {
  try {
    const { schema, parents } = JSON.parse(fs.readFileSync(ledgerFile(folder), 'utf8')) as ParentFile;
    return schema === 1 && Array.isArray(parents) ? parents : [];
  } catch {
    return [];
  }
}

function ledgerFile(folder: SweepFolder): string {
  return path.join(folder.path, 'mlflow.json');
}
