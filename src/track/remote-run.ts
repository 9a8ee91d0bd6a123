import { KdlabError } from '../core/errors';
import { Filter, type MlflowClient, MlflowError, type Run } from '../mlflow';
import type { RunRecord } from '../run/record';
import { emptyLedger, type Ledger, type RemoteRun } from './ledger';
import { RUN_KEY_TAG, tagsOf } from './run-contents';

/** The server, and where in it a run belongs. */
export interface TrackingTarget {
  readonly uri: string;
  readonly experimentName: string;
  /** An existing MLflow run to take over, unless it mirrors another run folder. */
  readonly runId?: string;
  /** The MLflow run under which this one is nested. */
  readonly parentRunId?: string;
  /** The registered model that the finished run's student becomes a version of. */
  readonly register?: { readonly model: string; readonly alias: string };
}

/**
 * The server's run: the ledger's, else the one with our tag, else the one the user named, else a new one. The ledger
 * is brought to what is known of it; a server that does not know the ledger's run (it was emptied) gets everything
 * again. Throws KdlabError where the run was deleted there, MlflowError where the server fails.
 */
export async function reachRun(
  client: MlflowClient,
  {
    target,
    parentRunId,
    record,
    ledger,
  }: { target: TrackingTarget; parentRunId: string | undefined; record: RunRecord; ledger: Ledger },
): Promise<RemoteRun> {
  if (ledger.remote !== undefined) {
    if (await isAlive(client, ledger.remote)) return ledger.remote;
    delete ledger.status;
    delete ledger.registered;
    Object.assign(ledger, emptyLedger(ledger));
  }
  const experimentId = await client.ensureExperiment(ledger.experimentName);
  const run =
    (await taggedRun(client, experimentId, ledger.runKey)) ??
    (await namedRun(client, target.runId)) ??
    (await client.createRun({
      experimentId,
      runName: record.id,
      startTime: record.startedAt,
      tags: tagsOf(record, parentRunId),
      identifiedBy: RUN_KEY_TAG,
      userId: record.user,
    }));
  const remote = { runId: run.runId, experimentId: run.experimentId, artifactUri: run.artifactUri };
  ledger.remote = remote;
  ledger.status = { status: run.status, ...(run.endTime === undefined ? {} : { endTime: run.endTime }) };
  return remote;
}

/** False where the server does not know the run. Throws KdlabError where it was deleted there on purpose. */
export async function isAlive(client: MlflowClient, { runId }: RemoteRun): Promise<boolean> {
  try {
    const { lifecycleStage } = await client.getRun(runId);
    if (lifecycleStage === 'deleted')
      throw new KdlabError(
        `run ${runId} was deleted there; restore it, or remove mlflow.json from the run folder to send the run anew`,
      );
    return true;
  } catch (error) {
    if (error instanceof MlflowError && error.status === 404) return false;
    throw error;
  }
}

/** The run of an experiment that has this key of ours. */
export async function taggedRun(client: MlflowClient, experimentId: string, key: string): Promise<Run | undefined> {
  const found = await client.searchRuns({
    experimentIds: [experimentId],
    filter: Filter.tag(RUN_KEY_TAG, '=', key),
    maxResults: 1,
  });
  return found[0];
}

/** A run that mirrors another run folder already is not taken over: their points would mix. */
async function namedRun(client: MlflowClient, runId: string | undefined): Promise<Run | undefined> {
  if (runId === undefined) return undefined;
  const run = await client.getRun(runId);
  return run.tags[RUN_KEY_TAG] === undefined ? run : undefined;
}
