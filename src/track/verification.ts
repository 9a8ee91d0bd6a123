import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { type MetricPoint, type MlflowClient, MlflowError, type Run } from '../mlflow';
import type { RunFolder } from '../run/folder';
import type { RunRecord } from '../run/record';
import type { ArtifactFile } from './artifact-files';
import type { Ledger, RemoteRun } from './ledger';
import { stretches } from './metric-queue';
import { inputsOf, paramsOf, resultPoints, statusOf, tagsOf } from './run-contents';

/** Artifacts above this are compared by their size on the server; fetching them would take the memory of a run. */
const LARGEST_FETCHED = 200 * 1024 * 1024;

/** Something that the server holds otherwise than the run folder does. */
export interface Difference {
  readonly kind: 'status' | 'tag' | 'param' | 'input' | 'metric' | 'artifact';
  readonly key: string;
  /** `is missing`, `differs`, `is there twice`, … */
  readonly what: string;
  /** False where sending again would not help. */
  readonly repairable: boolean;
}

/**
 * Reads back what the ledger calls acknowledged, and compares it with the run folder: points of every metric, one by
 * one, parameters, tags, data sets, the status, and the bytes of artifacts. What the server refused is left out. Throws
 * MlflowError where the server cannot be read.
 */
export async function differencesOf(
  client: MlflowClient,
  local: {
    readonly folder: RunFolder;
    readonly record: RunRecord;
    readonly ledger: Ledger;
    readonly remote: RemoteRun;
    readonly artifacts: readonly ArtifactFile[];
    readonly parentRunId: string | undefined;
  },
): Promise<Difference[]> {
  const { record, ledger, remote } = local;
  const run = await client.getRun(remote.runId);
  const refused = new Set(ledger.rejected.map(({ kind, key }) => `${kind} ${key}`));
  const found = [
    ...differingFields(run, record, local.parentRunId),
    ...lostFiles(local),
    ...(await differingMetrics(client, run, expectedPoints(local))),
    ...(await differingArtifacts(client, remote, local.artifacts)),
  ];
  return found.filter(({ kind, key }) => !refused.has(`${kind} ${key}`));
}

function differingFields(run: Run, record: RunRecord, parentRunId: string | undefined): Difference[] {
  const found: Difference[] = [];
  const compare = (kind: 'tag' | 'param', here: Readonly<Record<string, string>>, there: Run['tags']) => {
    for (const [key, value] of Object.entries(here))
      if (there[key] !== value) found.push(different(kind, key, there[key] === undefined ? 'is missing' : 'differs'));
  };
  compare('tag', tagsOf(record, parentRunId), run.tags);
  compare('param', paramsOf(record.config), run.params);
  for (const { name, digest } of inputsOf(record))
    if (!run.inputs.some((input) => input.name === name && input.digest === digest))
      found.push(different('input', name, 'is missing'));
  const { status, endTime } = statusOf(record);
  if (run.status !== status || (endTime !== undefined && run.endTime !== endTime))
    found.push(different('status', status, `is ${run.status}`));
  return found;
}

function different(kind: Difference['kind'], key: string, what: string, repairable = true): Difference {
  return { kind, key, what, repairable };
}

/** A journal that was delivered and is gone now: what the server has cannot be compared any more. */
function lostFiles({ folder, ledger }: Parameters<typeof differencesOf>[1]): Difference[] {
  if (ledger.metricsOffset === 0 || fs.existsSync(folder.metricsFile)) return [];
  return [different('metric', 'metrics.jsonl', 'is not in the run folder any more', false)];
}

/** The points that the server acknowledged, by metric. */
function expectedPoints({ folder, record, ledger }: Parameters<typeof differencesOf>[1]): Map<string, MetricPoint[]> {
  const byKey = new Map<string, MetricPoint[]>();
  const add = (point: MetricPoint) => {
    const points = byKey.get(point.key);
    if (points === undefined) byKey.set(point.key, [point]);
    else points.push(point);
  };
  const files = [
    [folder.metricsFile, ledger.metricsOffset],
    [folder.systemFile, ledger.systemOffset],
  ] as const;
  for (const [file, acknowledged] of files)
    for (const { points } of stretches(file, 0, acknowledged)) points.forEach(add);
  if (ledger.resultsSent) resultPoints(record, ledger.lastStep).forEach(add);
  return byKey;
}

async function differingMetrics(
  client: MlflowClient,
  run: Run,
  expected: ReadonlyMap<string, readonly MetricPoint[]>,
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const [key, points] of expected) {
    const here = counted(points);
    const there = counted(await client.getMetricHistory(run.runId, key));
    const missing = [...here.keys()].filter((point) => !there.has(point)).length;
    const twice = [...there.values()].filter((count) => count > 1).length;
    const unknown = [...there.keys()].filter((point) => !here.has(point)).length;
    if (missing > 0) found.push(different('metric', key, `lacks ${missing} points`));
    if (twice > 0) found.push(different('metric', key, `has ${twice} points twice`, false));
    if (unknown > 0) found.push(different('metric', key, `has ${unknown} points that the run folder has not`, false));
  }
  return found;
}

function counted(points: readonly MetricPoint[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { step, timestamp, value } of points) {
    // SQL stores keep an infinite value as the largest finite one.
    const stored = Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
    const name = `${step} ${timestamp} ${stored}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}

async function differingArtifacts(
  client: MlflowClient,
  remote: RemoteRun,
  artifacts: readonly ArtifactFile[],
): Promise<Difference[]> {
  const found: Difference[] = [];
  for (const { name, sha256, bytes } of artifacts) {
    const what =
      bytes > LARGEST_FETCHED ? await bySize(client, remote, name, bytes) : await byBytes(client, remote, name, sha256);
    if (what !== undefined) found.push(different('artifact', name, what));
  }
  return found;
}

async function byBytes(
  client: MlflowClient,
  remote: RemoteRun,
  name: string,
  sha256: string,
): Promise<string | undefined> {
  try {
    const bytes = await client.downloadArtifact(remote, name);
    return createHash('sha256').update(bytes).digest('hex') === sha256 ? undefined : 'differs';
  } catch (error) {
    if (error instanceof MlflowError && error.status === 404) return 'is missing';
    throw error;
  }
}

async function bySize(
  client: MlflowClient,
  { runId }: RemoteRun,
  name: string,
  bytes: number,
): Promise<string | undefined> {
  const folder = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : undefined;
  const there = (await client.listArtifacts(runId, folder)).find(({ path }) => path === name);
  if (there === undefined) return 'is missing';
  return there.size === undefined || there.size === bytes ? undefined : 'differs';
}

/** Marks what can be repaired as not acknowledged, so that the next pass sends it again. */
export function forget(ledger: Ledger, differences: readonly Difference[]): void {
  for (const { kind, key } of differences.filter(({ repairable }) => repairable)) {
    if (kind === 'metric') Object.assign(ledger, { metricsOffset: 0, systemOffset: 0, resultsSent: false });
    else if (kind === 'param') ledger.paramsSent = false;
    else if (kind === 'tag') ledger.tags = without(ledger.tags, key);
    else if (kind === 'input') ledger.inputsSent = false;
    else if (kind === 'artifact') ledger.artifacts = without(ledger.artifacts, key);
    else delete ledger.status;
  }
}

function without(record: Readonly<Record<string, string>>, key: string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
}
