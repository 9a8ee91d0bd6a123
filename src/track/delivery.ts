import { KdlabError } from '../core/errors';
import { type MlflowClient, MlflowError } from '../mlflow';
import { RunFolder } from '../run/folder';
import type { RunRecord } from '../run/record';
import { ArtifactFiles } from './artifact-files';
import { type DeliveryReport, describeProblem, publicUri } from './delivery-report';
import { type Ledger, noteRejected, type Rejection, type RemoteRun, readLedger, writeLedger } from './ledger';
import { countPending, readStretch } from './metric-queue';
import { isAlive, reachRun, type TrackingTarget } from './remote-run';
import { inputsOf, paramsOf, resultPoints, runKey, statusOf, tagsOf } from './run-contents';

/** Longest parameter value; a server cuts longer ones silently, so they are not sent. */
const PARAM_LENGTH = 6000;

/**
 * Brings a server's copy of a run folder up to date. Everything it does may be done again: a run is found by its tag,
 * metric points carry the journal's times, tags and artifacts overwrite. What was acknowledged is written to
 * `mlflow.json` at once, so that a process killed at any moment leaves at worst something to be sent once more.
 */
export class Delivery {
  private readonly run: RunFolder;
  private readonly files: ArtifactFiles;
  private ledger: Ledger | undefined;
  private written = '';
  /** True once the server was seen to have the ledger's run. */
  private verified = false;
  /** Hashes of artifacts refused since this object was made: not tried again before the file changes. */
  private readonly refused = new Map<string, string>();
  private readonly delivered = { metricPoints: 0, artifacts: 0 };

  constructor(
    folder: string,
    private readonly target: TrackingTarget,
    private readonly signal: AbortSignal,
  ) {
    this.run = new RunFolder(folder);
    this.files = new ArtifactFiles(folder);
  }

  /** One pass over everything. Throws MlflowError or KdlabError where it cannot be finished. */
  async pass(client: MlflowClient): Promise<void> {
    const record = this.run.read();
    const ledger = this.open(record);
    const remote = await this.reach(client, record, ledger);
    await this.describe(client, remote, record, ledger);
    await this.sendMetrics(client, remote, ledger);
    await this.sendResults(client, remote, record, ledger);
    await this.sendArtifacts(client, remote, ledger);
    const status = statusOf(record);
    if (!sameStatus(ledger.status, status)) {
      this.signal.throwIfAborted();
      await client.updateRun(remote.runId, status);
      ledger.status = status;
      this.save(ledger);
    }
  }

  /** What is delivered and what is not, from the disk alone. */
  async report(error: unknown): Promise<DeliveryReport> {
    const record = this.run.read();
    const ledger = this.open(record);
    const { remote } = ledger;
    const waiting = (await this.files.list()).filter((file) => this.isDue(file, ledger)).map(({ name }) => name);
    const results = ledger.resultsSent ? 0 : resultPoints(record, ledger.lastStep).length;
    const pending = {
      run: remote === undefined,
      metricPoints: countPending(this.run.metricsFile, ledger.metricsOffset) + results,
      artifacts: waiting,
      params: !ledger.paramsSent,
      tags: Object.keys(this.changedTags(record, ledger)).length > 0,
      inputs: !ledger.inputsSent && record.datasets.length > 0,
      status: !sameStatus(ledger.status, statusOf(record)),
    };
    const { metricPoints, artifacts, ...flags } = pending;
    const nothing = metricPoints === 0 && artifacts.length === 0 && !Object.values(flags).includes(true);
    return {
      complete: nothing && error === undefined,
      delivered: { ...this.delivered },
      pending,
      rejected: ledger.rejected,
      ...(error === undefined ? {} : { problem: describeProblem(error) }),
      ...(remote === undefined
        ? {}
        : { runUrl: `${ledger.uri}/#/experiments/${remote.experimentId}/runs/${remote.runId}` }),
    };
  }

  private open(record: RunRecord): Ledger {
    if (this.ledger?.runKey !== runKey(record)) {
      const { uri, experimentName } = this.target;
      this.ledger = readLedger(this.run.path, { uri: publicUri(uri), experimentName, runKey: runKey(record) });
      this.written = JSON.stringify(this.ledger);
      this.verified = false;
    }
    return this.ledger;
  }

  private save(ledger: Ledger): void {
    const text = JSON.stringify(ledger);
    if (text === this.written) return;
    writeLedger(this.run.path, ledger);
    this.written = text;
  }

  private async reach(client: MlflowClient, record: RunRecord, ledger: Ledger): Promise<RemoteRun> {
    if (this.verified && ledger.remote !== undefined) return ledger.remote;
    const remote = await reachRun(client, { target: this.target, record, ledger });
    this.verified = true;
    this.save(ledger);
    return remote;
  }

  private changedTags(record: RunRecord, ledger: Ledger): Record<string, string> {
    const tags = tagsOf(record, this.target.parentRunId);
    return Object.fromEntries(Object.entries(tags).filter(([key, value]) => ledger.tags[key] !== value));
  }

  private async describe(client: MlflowClient, remote: RemoteRun, record: RunRecord, ledger: Ledger): Promise<void> {
    const tags = this.changedTags(record, ledger);
    const all = ledger.paramsSent ? [] : Object.entries(paramsOf(record.config));
    const params = Object.fromEntries(all.filter(([, value]) => value.length <= PARAM_LENGTH));
    if (Object.keys(tags).length + all.length > 0) {
      this.signal.throwIfAborted();
      await this.refuse(client, ledger, remote, await client.logBatch(remote.runId, { tags, params }));
      const long = all.filter(([, value]) => value.length > PARAM_LENGTH);
      noteRejected(
        ledger,
        long.map(([key, { length }]) => ({
          kind: 'param',
          key,
          reason: `${length} characters, a server keeps ${PARAM_LENGTH}; the whole value is in the artifact config.yaml`,
        })),
      );
      ledger.tags = { ...ledger.tags, ...tags };
      ledger.paramsSent = true;
      this.save(ledger);
    }
    if (ledger.inputsSent) return;
    const inputs = inputsOf(record);
    try {
      if (inputs.length > 0) await client.logInputs(remote.runId, inputs);
    } catch (error) {
      if (!this.isRefusal(error)) throw error;
      noteRejected(ledger, [{ kind: 'input', key: inputs.map(({ name }) => name).join(', '), reason: error.message }]);
    }
    ledger.inputsSent = true;
    this.save(ledger);
  }

  private async sendMetrics(client: MlflowClient, remote: RemoteRun, ledger: Ledger): Promise<void> {
    for (;;) {
      const stretch = readStretch(this.run.metricsFile, ledger.metricsOffset);
      if (stretch === undefined) return;
      this.signal.throwIfAborted();
      const { points, end, damaged } = stretch;
      const rejected = points.length === 0 ? [] : await client.logBatch(remote.runId, { metrics: [...points] });
      await this.refuse(client, ledger, remote, rejected);
      noteRejected(
        ledger,
        damaged.map((at) => ({ kind: 'metric', key: `metrics.jsonl, byte ${at}`, reason: 'the line is damaged' })),
      );
      ledger.lastStep = points.reduce((last, { step }) => Math.max(last, step), ledger.lastStep);
      ledger.metricsOffset = end;
      this.delivered.metricPoints += points.length - rejected.length;
      this.save(ledger);
    }
  }

  private async sendResults(client: MlflowClient, remote: RemoteRun, record: RunRecord, ledger: Ledger): Promise<void> {
    const metrics = resultPoints(record, ledger.lastStep);
    if (ledger.resultsSent || metrics.length === 0) return;
    this.signal.throwIfAborted();
    const rejected = await client.logBatch(remote.runId, { metrics });
    await this.refuse(client, ledger, remote, rejected);
    ledger.resultsSent = true;
    this.delivered.metricPoints += metrics.length - rejected.length;
    this.save(ledger);
  }

  private async sendArtifacts(client: MlflowClient, remote: RemoteRun, ledger: Ledger): Promise<void> {
    for (const file of await this.files.list()) {
      if (!this.isDue(file, ledger)) continue;
      this.signal.throwIfAborted();
      try {
        await client.uploadArtifact(remote, file.name, file.file);
        ledger.artifacts = { ...ledger.artifacts, [file.name]: file.sha256 };
        ledger.rejected = ledger.rejected.filter(({ kind, key }) => kind !== 'artifact' || key !== file.name);
        this.delivered.artifacts++;
      } catch (error) {
        if (!this.isRefusal(error)) throw error;
        this.refused.set(file.name, file.sha256);
        noteRejected(ledger, [{ kind: 'artifact', key: file.name, reason: error.message }]);
      }
      this.save(ledger);
    }
  }

  private isDue({ name, sha256 }: { name: string; sha256: string }, ledger: Ledger): boolean {
    return ledger.artifacts[name] !== sha256 && this.refused.get(name) !== sha256;
  }

  /**
   * Notes what the server refused. Where it refuses because the run is gone, throws KdlabError instead, so that
   * nothing counts as acknowledged.
   */
  private async refuse(
    client: MlflowClient,
    ledger: Ledger,
    remote: RemoteRun,
    rejected: readonly Rejection[],
  ): Promise<void> {
    if (rejected.length === 0) return;
    this.verified = await isAlive(client, remote);
    if (!this.verified) throw new KdlabError(`run ${remote.runId} is not there any more; it will be sent anew`);
    noteRejected(ledger, rejected);
  }

  private isRefusal(error: unknown): error is MlflowError {
    return !this.signal.aborted && error instanceof MlflowError && error.isRefusal;
  }
}

function sameStatus(a: Ledger['status'], b: NonNullable<Ledger['status']>): boolean {
  return a !== undefined && a.status === b.status && (b.endTime === undefined || a.endTime === b.endTime);
}
