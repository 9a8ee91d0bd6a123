import path from 'node:path';
import { baseSchema } from '../config/base';
import { KdlabError } from '../core/errors';
import { runsFolder } from '../run/execute';
import { findRun, listRuns } from '../run/folder';
import { describeDelivery, trackingTarget } from '../run/mirror';
import { MlflowMirror } from '../track/mlflow-mirror';
import type { SharedOptions } from './options';

/** `kdlab sync`: one reconciling pass for each run. Exit code 1 where something is left undelivered. */
export async function sync(runs: readonly string[], options: SharedOptions & { readonly to?: string }): Promise<void> {
  const runsDir = runsFolder(options.runsDir);
  const folders = runs.length === 0 ? listRuns(runsDir) : runs.map((run) => findRun(run, runsDir));
  for (const folder of folders) {
    const base = baseSchema.loose().parse(folder.read().config) as Parameters<typeof trackingTarget>[0];
    const tracking = trackingTarget(
      options.to === undefined ? base : { ...base, tracking: { ...base.tracking, uri: options.to } },
    );
    if (tracking === undefined)
      throw new KdlabError('no tracking server is named; use --to http://host:port or set MLFLOW_TRACKING_URI');
    if ('problem' in tracking) throw new KdlabError(tracking.problem);
    const mirror = new MlflowMirror({ folder: folder.path, tracking });
    const report = await mirror.drain();
    if (!report.complete) process.exitCode = 1;
    process.stdout.write(`${path.basename(folder.path)}: ${describeDelivery(report, tracking.uri, folder)}\n`);
  }
}
