import type { BaseConfig } from '../config/base';
import { MlflowMirror } from '../track/mlflow-mirror';
import type { RunFolder } from './folder';

/** How long the end of a run waits for the tracking server to take what is left. */
const LAST_DRAIN_MS = 10_000;

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

/** The server that a run is mirrored to; undefined where none is named. */
export function trackingTarget(
  base: BaseConfig,
): { uri: string; experimentName: string } | { problem: string } | undefined {
  const uri = base.tracking.uri ?? process.env.MLFLOW_TRACKING_URI;
  if (uri === undefined || uri === '') return undefined;
  if (!/^https?:\/\//.test(uri))
    return { problem: `MLFLOW_TRACKING_URI is ${uri}, not an http(s) server: this run is kept in its folder only` };
  return {
    uri,
    experimentName: base.tracking.experimentName ?? process.env.MLFLOW_EXPERIMENT_NAME ?? `kdlab/${base.experiment}`,
  };
}
