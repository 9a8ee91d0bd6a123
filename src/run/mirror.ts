import path from 'node:path';
import type { BaseConfig } from '../config/base';
import { type DeliveryReport, publicUri } from '../track/delivery-report';
import { MlflowMirror } from '../track/mlflow-mirror';
import type { TrackingTarget } from '../track/remote-run';
import type { RunFolder } from './folder';

/** How long the end of a run waits for the tracking server to take what is left. */
const LAST_DRAIN_MS = 10_000;

/** How many refused items a message names before it only counts them. */
const NAMED_REJECTIONS = 3;

/**
 * Mirrors a run to the MLflow server that the configuration or MLFLOW_TRACKING_URI names, in the background; without
 * one it does nothing. What the server has not taken by the end stays queued in the run folder, and the user is told.
 */
export function startMirror(
  folder: RunFolder,
  base: BaseConfig,
  note: (message: string) => void,
): { stop(): Promise<void> } {
  const tracking = trackingTarget(base);
  if (tracking === undefined) return { stop: async () => undefined };
  if ('problem' in tracking) {
    note(tracking.problem);
    return { stop: async () => undefined };
  }
  const mirror = new MlflowMirror({ folder: folder.path, tracking });
  mirror.start();
  return {
    stop: async () => {
      const report = await mirror.stop({ deadlineMs: LAST_DRAIN_MS });
      note(describeDelivery(report, tracking.uri, folder));
    },
  };
}

/**
 * The server that a run is mirrored to; undefined where none is named. The configuration goes before MLflow's own
 * environment variables: MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME, MLFLOW_RUN_ID, MLFLOW_PARENT_RUN_ID.
 */
export function trackingTarget({ tracking, experiment }: BaseConfig): TrackingTarget | { problem: string } | undefined {
  const { MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME, MLFLOW_RUN_ID, MLFLOW_PARENT_RUN_ID } = process.env;
  const uri = tracking.uri ?? MLFLOW_TRACKING_URI;
  if (uri === undefined || uri === '') return undefined;
  if (!/^https?:\/\//.test(uri))
    return { problem: `MLFLOW_TRACKING_URI is ${uri}, not an http(s) server: this run is kept in its folder only` };
  const parentRunId = tracking.parentRunId ?? MLFLOW_PARENT_RUN_ID;
  return {
    uri,
    experimentName: tracking.experimentName ?? MLFLOW_EXPERIMENT_NAME ?? `kdlab/${experiment}`,
    ...(MLFLOW_RUN_ID ? { runId: MLFLOW_RUN_ID } : {}),
    ...(parentRunId ? { parentRunId } : {}),
  };
}

/** Where the run can be seen, or what is queued, why, and how to deliver it. */
export function describeDelivery(report: DeliveryReport, uri: string, folder: RunFolder): string {
  const { complete, problem, pending, rejected, runUrl } = report;
  const refused = rejected.length === 0 ? '' : `; refused by the server: ${describeRejections(rejected)}`;
  if (complete) return `mirrored to ${runUrl}${refused}`;
  const queued = [
    counted(pending.metricPoints, 'metric point'),
    counted(pending.artifacts.length, 'artifact'),
    pending.params ? 'the parameters' : '',
    pending.status ? 'the status' : '',
    pending.inputs ? 'the data sets' : '',
    pending.tags && !pending.params ? 'tags' : '',
  ].filter((part) => part !== '');
  const what =
    queued.length === 0
      ? 'all of the run was acknowledged before'
      : `${listed(queued)} stay queued in ${folder.path}; deliver them with: kdlab sync ${shortest(folder.path)}`;
  return `MLflow server ${publicUri(uri)} ${problem ?? 'has not got all of this run'}: ${what}${refused}`;
}

function describeRejections(rejected: DeliveryReport['rejected']): string {
  const named = rejected.slice(0, NAMED_REJECTIONS).map(({ kind, key, reason }) => `${kind} ${key} (${reason})`);
  const more = rejected.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more in mlflow.json`] : [])].join(', ');
}

function counted(count: number, what: string): string {
  return count === 0 ? '' : `${count} ${what}${count === 1 ? '' : 's'}`;
}

function listed(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** A path as a user would type it from here. */
function shortest(file: string): string {
  const relative = path.relative(process.cwd(), file);
  return relative.startsWith('..') ? file : relative;
}
