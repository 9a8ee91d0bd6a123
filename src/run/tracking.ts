import fs from 'node:fs';
import path from 'node:path';
import type { BaseConfig } from '../config/base';
import { messageOf } from '../core/errors';
import type { TrackingTarget } from '../track/remote-run';
import { SystemMonitor } from '../track/system-monitor';
import type { RunFolder } from './folder';
import { isAlive } from './lock';
import { startMirror } from './mirror';

/** Seconds between samples of the machine's state. */
const SYSTEM_METRICS_SECONDS = 10;
const DEFAULT_ALIAS = 'newest';

/** What `kdlab mlflow` leaves in the folder where it runs, as long as it does. */
export interface LocalServer {
  readonly uri: string;
  readonly pid: number;
}

/**
 * Watches the machine and mirrors a run to the MLflow server that is named for it, both in the background. `stop` gives
 * the server a last chance to take what is left, and tells the user.
 */
export function startTracking(
  folder: RunFolder,
  base: BaseConfig,
  note: (message: string) => void,
): { stop(): Promise<void> } {
  const { systemMetricsSeconds: seconds = SYSTEM_METRICS_SECONDS } = base.tracking;
  const tracking = trackingTarget(base);
  if (tracking !== undefined && 'problem' in tracking) note(`${tracking.problem}; this run is kept in its folder only`);
  const monitor = seconds === 0 ? undefined : startMonitor(folder, seconds, note);
  const mirror = tracking === undefined || 'problem' in tracking ? undefined : startMirror(folder, tracking, note);
  return {
    stop: async () => {
      monitor?.stop();
      await mirror?.stop();
    },
  };
}

/** A run does not fail for want of a look at the machine. */
function startMonitor(folder: RunFolder, seconds: number, note: (message: string) => void): SystemMonitor | undefined {
  try {
    return new SystemMonitor({ file: folder.systemFile, everyMs: seconds * 1000 });
  } catch (error) {
    note(`no system metrics: ${messageOf(error)}`);
    return undefined;
  }
}

/**
 * The server that a run is mirrored to; undefined where none is named. The configuration goes before MLflow's own
 * environment variables (MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME, MLFLOW_RUN_ID, MLFLOW_PARENT_RUN_ID), and these
 * before a server that `kdlab mlflow` runs in this folder. MLFLOW_TRACKING_URI set to nothing means none.
 */
export function trackingTarget({ tracking, experiment }: BaseConfig): TrackingTarget | { problem: string } | undefined {
  const { MLFLOW_TRACKING_URI, MLFLOW_EXPERIMENT_NAME, MLFLOW_RUN_ID, MLFLOW_PARENT_RUN_ID } = process.env;
  const uri = tracking.uri ?? MLFLOW_TRACKING_URI ?? localServer()?.uri;
  if (uri === undefined || uri === '') return undefined;
  if (!/^https?:\/\/[^/]/.test(uri))
    return {
      problem: `the tracking server ${uri} is no http:// or https:// address; "kdlab mlflow" starts one here`,
    };
  const parentRunId = tracking.parentRunId ?? MLFLOW_PARENT_RUN_ID;
  const { register } = tracking;
  return {
    uri,
    experimentName: tracking.experimentName ?? (MLFLOW_EXPERIMENT_NAME || `kdlab/${experiment}`),
    ...(MLFLOW_RUN_ID ? { runId: MLFLOW_RUN_ID } : {}),
    ...(parentRunId ? { parentRunId } : {}),
    ...(register === undefined
      ? {}
      : { register: typeof register === 'string' ? { model: register, alias: DEFAULT_ALIAS } : register }),
  };
}

/** Where `kdlab mlflow` keeps its server's data and address, below the working folder. */
export function localServerFile(): string {
  return path.resolve('.kdlab', 'mlflow.json');
}

/** The server that `kdlab mlflow` runs in this folder right now. */
export function localServer(): LocalServer | undefined {
  try {
    const server = JSON.parse(fs.readFileSync(localServerFile(), 'utf8')) as LocalServer;
    return isAlive(server.pid) ? server : undefined;
  } catch {
    return undefined;
  }
}
