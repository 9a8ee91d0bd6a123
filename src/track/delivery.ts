import fs from 'node:fs';
import path from 'node:path';
import { KdlabError } from '../core/errors';
import { type MlflowClient, MlflowError } from '../mlflow';
import { RunFolder } from '../run/folder';
import type { RunRecord } from '../run/record';
import { ArtifactFiles } from './artifact-files';
import { lockDelivery } from './delivery-lock';
import { type DeliveryReport, describeProblem, publicUri } from './delivery-report';
import { type Ledger, noteRejected, type Rejection, type RemoteRun, readLedger, writeLedger } from './ledger';
import { countPending, readStretch } from './metric-queue';
import { registerStudent } from './registration';
import { isAlive, reachRun, type TrackingTarget } from './remote-run';
import { inputsOf, paramsOf, resultPoints, runKey, statusOf, tagsOf } from './run-contents';
import { parentOf } from './sweep-parent';
import { type Difference, differencesOf, forget } from './verification';

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
  /** The ledger as the disk has it. */
  private stored = '';
  /** True once the server was seen to have the ledger's run. */
  private verified = false;
  /** Hashes of artifacts refused since this object was made: not tried again before the file changes. */
  private readonly refused = new Map<string, string>();
  /** True once the server refused to register the student. */
  private unregistrable = false;
  private readonly delivered = { metricPoints: 0, artifacts: 0 };

  constructor(
    folder: string,
    private readonly target: TrackingTarget,
    private readonly signal: AbortSignal,
  ) {
    this.run = new RunFolder(folder);
    this.files = new ArtifactFiles(folder);
  }

  /**
   * One pass over everything. Throws MlflowError or KdlabError where it cannot be finished, also where another process
   * delivers this folder just now: two could both create the run.
   */
  pass(client: MlflowClient): Promise<void> {
    return this.alone(async () => {
      const record = this.run.read();
      const ledger = this.open(record);
      const remote = await this.reach(client, record, ledger);
      await this.describe(client, remote, record, ledger);
      await this.sendMetrics(client, remote, ledger, 'metricsOffset');
      await this.sendMetrics(client, remote, ledger, 'systemOffset');
      await this.sendResults(client, remote, record, ledger);
      // Before the artifacts: a store that does not take them must not leave the run running for ever.
      await this.sendStatus(client, remote, record, ledger);
      await this.sendArtifacts(client, remote, ledger);
      await this.register(client, remote, record, ledger);
    });
  }

  /** Reads back what was delivered; what differs counts as not delivered from then on. Throws as `pass` does. */
  verify(client: MlflowClient): Promise<Difference[]> {
    return this.alone(async () => {
      const record = this.run.read();
      const ledger = this.open(record);
      const remote = await this.reach(client, record, ledger);
      const artifacts = (await this.files.list()).filter(({ name, sha256 }) => ledger.artifacts[name] === sha256);
      const local = { folder: this.run, record, ledger, remote, artifacts, parentRunId: this.parent(record) };
      const differences = await differencesOf(client, local);
      forget(ledger, differences);
      this.save(ledger);
      return differences;
    });
  }

  private async alone<T>(work: () => Promise<T>): Promise<T> {
    const unlock = lockDelivery(this.run.path);
    try {
      return await work();
    } finally {
      unlock();
    }
  }

  private async sendStatus(client: MlflowClient, remote: RemoteRun, record: RunRecord, ledger: Ledger): Promise<void> {
    const status = statusOf(record);
    if (sameStatus(ledger.status, status)) return;
    this.signal.throwIfAborted();
    await client.updateRun(remote.runId, status);
    ledger.status = status;
    this.save(ledger);
  }

  private async register(client: MlflowClient, remote: RemoteRun, record: RunRecord, ledger: Ledger): Promise<void> {
    const { register } = this.target;
    if (register === undefined || !this.isRegistrationDue(record, ledger)) return;
    this.signal.throwIfAborted();
    try {
      const { version } = await registerStudent(client, { folder: this.run, record, remote }, register);
      ledger.registered = { model: register.model, version };
      ledger.rejected = ledger.rejected.filter(({ kind }) => kind !== 'model');
    } catch (error) {
      if (!this.isRefusal(error)) throw error;
      this.unregistrable = true;
      noteRejected(ledger, [{ kind: 'model', key: register.model, reason: error.message }]);
    }
    this.save(ledger);
  }

  private isRegistrationDue(record: RunRecord, ledger: Ledger): boolean {
    const { register } = this.target;
    if (register === undefined || this.unregistrable || record.status !== 'FINISHED') return false;
    return ledger.registered?.model !== register.model && fs.existsSync(this.run.artifact('student.safetensors'));
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
      metricPoints:
        countPending(this.run.metricsFile, ledger.metricsOffset) +
        countPending(this.run.systemFile, ledger.systemOffset) +
        results,
      artifacts: waiting,
      params: !ledger.paramsSent,
      tags: Object.keys(this.changedTags(record, ledger)).length > 0,
      inputs: !ledger.inputsSent && record.datasets.length > 0,
      status: !sameStatus(ledger.status, statusOf(record)),
      model: this.isRegistrationDue(record, ledger),
    };
    const { metricPoints, artifacts, ...flags } = pending;
    const nothing = metricPoints === 0 && artifacts.length === 0 && !Object.values(flags).includes(true);
    return {
      complete: nothing && error === undefined,
      delivered: { ...this.delivered },
      pending,
      rejected: ledger.rejected,
      ...(ledger.registered === undefined ? {} : { registered: ledger.registered }),
      ...(error === undefined ? {} : { problem: describeProblem(error) }),
      ...(remote === undefined
        ? {}
        : { runUrl: `${ledger.uri}/#/experiments/${remote.experimentId}/runs/${remote.runId}` }),
    };
  }

  /** The ledger, read again where another process has written it since. */
  private open(record: RunRecord): Ledger {
    const { uri, experimentName } = this.target;
    const key = { uri: publicUri(uri), experimentName, runKey: runKey(record) };
    const stored = readLedger(this.run.path, key);
    const text = JSON.stringify(stored);
    if (this.ledger?.runKey !== key.runKey || text !== this.stored) {
      this.ledger = stored;
      this.verified = false;
    }
    this.stored = text;
    return this.ledger;
  }

  private save(ledger: Ledger): void {
    const text = JSON.stringify(ledger);
    if (text === this.stored) return;
    writeLedger(this.run.path, ledger);
    this.stored = text;
  }

  private async reach(client: MlflowClient, record: RunRecord, ledger: Ledger): Promise<RemoteRun> {
    if (this.verified && ledger.remote !== undefined) return ledger.remote;
    const remote = await reachRun(client, { target: this.target, parentRunId: this.parent(record), record, ledger });
    this.verified = true;
    this.save(ledger);
    return remote;
  }

  /** The run that the user named, else that of the sweep: known from the first pass after its own delivery. */
  private parent({ sweep }: RunRecord): string | undefined {
    return this.target.parentRunId ?? parentOf(this.run.path, sweep, this.target);
  }

  private changedTags(record: RunRecord, ledger: Ledger): Record<string, string> {
    const tags = tagsOf(record, this.parent(record));
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

  private async sendMetrics(
    client: MlflowClient,
    remote: RemoteRun,
    ledger: Ledger,
    offset: 'metricsOffset' | 'systemOffset',
  ): Promise<void> {
    const file = offset === 'metricsOffset' ? this.run.metricsFile : this.run.systemFile;
    for (;;) {
      const stretch = readStretch(file, ledger[offset]);
      if (stretch === undefined) return;
      this.signal.throwIfAborted();
      const { points, end, damaged } = stretch;
      const rejected = points.length === 0 ? [] : await client.logBatch(remote.runId, { metrics: [...points] });
      await this.refuse(client, ledger, remote, rejected);
      noteRejected(
        ledger,
        damaged.map((at) => ({
          kind: 'metric',
          key: `${path.basename(file)}, byte ${at}`,
          reason: 'the line is damaged',
        })),
      );
      if (offset === 'metricsOffset')
        ledger.lastStep = points.reduce((last, { step }) => Math.max(last, step), ledger.lastStep);
      ledger[offset] = end;
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
