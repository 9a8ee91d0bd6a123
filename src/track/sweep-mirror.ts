import { setTimeout as pause } from 'node:timers/promises';
import { MlflowClient } from '../mlflow';
import type { SweepFolder } from '../sweep/record';
import { BusyError, describeProblem } from './delivery-report';
import { addressed } from './mlflow-mirror';
import type { TrackingTarget } from './remote-run';
import { deliverSweep } from './sweep-parent';

const TIMEOUT_MS = 10_000;
/** Another process delivers the sweep just now: two could both create its run. */
const BUSY_PAUSES_MS = [500, 2_000] as const;

/**
 * Delivers a sweep as the parent run of its runs. Never throws and never takes more than a minute: resolves to what
 * stopped it, in words, or to undefined.
 */
export async function mirrorSweep(folder: SweepFolder, target: TrackingTarget): Promise<string | undefined> {
  const client = new MlflowClient({ ...addressed(target.uri), maxRetries: 0, timeoutMs: TIMEOUT_MS });
  try {
    for (const ms of [...BUSY_PAUSES_MS, 0])
      try {
        await deliverSweep(client, folder, target);
        return undefined;
      } catch (error) {
        if (!(error instanceof BusyError) || ms === 0) return describeProblem(error);
        await pause(ms);
      }
    return undefined;
  } finally {
    void client.close().catch(() => undefined);
  }
}
