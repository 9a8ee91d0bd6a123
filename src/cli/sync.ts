import path from 'node:path';
import { baseSchema } from '../config/base';
import { KdlabError, messageOf } from '../core/errors';
import { runsFolder } from '../run/execute';
import { findRun, listRuns, type RunFolder } from '../run/folder';
import { describeDelivery } from '../run/mirror';
import { wasEdited } from '../run/prepare';
import type { RunRecord } from '../run/record';
import { trackingTarget } from '../run/tracking';
import { listSweeps } from '../sweep/record';
import { MlflowMirror } from '../track/mlflow-mirror';
import type { SharedOptions } from './options';
import { deliverParent } from './sweep';

/**
 * `kdlab sync`: brings a server's copy of each run up to date and reads it back. Exit code 1 where something is left
 * undelivered, or a run folder cannot be read; the others are delivered all the same.
 */
export async function sync(runs: readonly string[], options: SharedOptions & { readonly to?: string }): Promise<void> {
  const runsDir = runsFolder(options.runsDir);
  const folders = runs.length === 0 ? listRuns(runsDir) : runs.map((run) => findRun(run, runsDir));
  await deliverParents(folders, runsDir, options.to);
  if (folders.length === 0) process.stdout.write(`there are no runs in ${runsDir}\n`);
  for (const folder of folders) {
    const name = path.basename(folder.path);
    try {
      process.stdout.write(`${name}: ${await deliver(folder, options.to)}\n`);
    } catch (error) {
      if (!(error instanceof KdlabError) || runs.length === 1) throw error;
      process.exitCode = 1;
      process.stderr.write(`${name}: ${messageOf(error)}\n`);
    }
  }
}

/** The runs of sweeps first: what is nested under them names them. */
async function deliverParents(folders: readonly RunFolder[], runsDir: string, to: string | undefined): Promise<void> {
  const asked = new Set(folders.map((folder) => readable(folder)?.sweep?.id));
  for (const sweep of listSweeps(runsDir)) {
    const { id, base } = sweep.read();
    if (!asked.has(id)) continue;
    const { delivered, problem } = await deliverParent(sweep, base, to);
    if (delivered || problem !== undefined) process.stdout.write(`sweep ${id}: ${problem ?? 'delivered'}\n`);
    if (problem !== undefined) process.exitCode = 1;
  }
}

/** What cannot be read is reported when its own turn comes. */
function readable(folder: RunFolder): RunRecord | undefined {
  try {
    return folder.read();
  } catch {
    return undefined;
  }
}

async function deliver(folder: RunFolder, to: string | undefined): Promise<string> {
  const record = folder.read();
  if (wasEdited(record))
    process.stderr.write(
      `${folder.recordFile}: the configuration was edited after the run began; its parameters are delivered as they are now\n`,
    );
  const base = baseSchema.loose().parse(record.config) as Parameters<typeof trackingTarget>[0];
  const tracking = trackingTarget(to === undefined ? base : { ...base, tracking: { ...base.tracking, uri: to } });
  if (tracking === undefined)
    throw new KdlabError(
      'no tracking server is named; use --to http://host:port, set MLFLOW_TRACKING_URI, or start one: kdlab mlflow',
    );
  if ('problem' in tracking) throw new KdlabError(tracking.problem);
  const report = await new MlflowMirror({ folder: folder.path, tracking }).drain();
  if (!report.complete) process.exitCode = 1;
  return describeDelivery(report, tracking.uri, folder);
}
