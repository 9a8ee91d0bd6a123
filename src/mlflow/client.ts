import { downloadArtifact, listArtifacts, uploadArtifact } from './artifacts';
import { batchBody, type Item, splitBatch } from './batches';
import { MlflowError } from './errors';
import { Http, type HttpOptions } from './http';
import type { ArtifactInfo, DatasetInput, Experiment, LogBatch, MetricPoint, Rejected, Run, RunStatus } from './types';
import { LIMITS, problemOfMetric, problemOfValue, sift } from './validate';
import {
  decodeExperiment,
  decodeMetric,
  decodeRun,
  encodeMetric,
  encodePairs,
  type WireExperiment,
  type WireMetric,
  type WireRun,
} from './wire';

const API = '/api/2.0/mlflow';
/** Largest page of metrics/get-history; without a size some servers answer an endless list of empty pages. */
const HISTORY_PAGE = 25_000;
const RUNS_PAGE = 1000;

/**
 * Runs, metrics, parameters, tags, data sets and artifacts of an MLflow tracking server over its REST interface
 * (version 2.0, servers from 2.x to 3.17). What the server would lose or cut without a word is refused here. Every
 * method throws MlflowError.
 */
export class MlflowClient {
  private readonly http: Http;

  constructor(options: HttpOptions) {
    this.http = new Http(options);
  }

  async serverVersion(): Promise<string> {
    return (await this.http.bytes({ method: 'GET', path: '/version' })).toString('utf8').trim();
  }

  /** Gives the new experiment's id. Throws with code RESOURCE_ALREADY_EXISTS where the name is taken, also by a deleted one. */
  async createExperiment(name: string, tags: Readonly<Record<string, string>> = {}): Promise<string> {
    if (name.length === 0 || name.length > LIMITS.experimentName)
      throw new MlflowError(`an experiment's name has 1 to ${LIMITS.experimentName} characters, found ${name.length}`);
    const body = { name, tags: encodePairs(tags) };
    return (await this.post<{ experiment_id: string }>('experiments/create', body, { idempotent: false }))
      .experiment_id;
  }

  async getExperimentByName(name: string): Promise<Experiment | undefined> {
    try {
      const query = { experiment_name: name };
      const { experiment } = await this.get<{ experiment: WireExperiment }>('experiments/get-by-name', query);
      return decodeExperiment(experiment);
    } catch (error) {
      if (error instanceof MlflowError && error.code === 'RESOURCE_DOES_NOT_EXIST') return undefined;
      throw error;
    }
  }

  async deleteExperiment(experimentId: string): Promise<void> {
    await this.post('experiments/delete', { experiment_id: experimentId });
  }

  async restoreExperiment(experimentId: string): Promise<void> {
    await this.post('experiments/restore', { experiment_id: experimentId });
  }

  /** The id of the experiment of this name: created, or restored, where it is not there. */
  async ensureExperiment(name: string): Promise<string> {
    const found = await this.getExperimentByName(name);
    if (found === undefined)
      try {
        return await this.createExperiment(name);
      } catch (error) {
        // Another run was quicker, or our own first try did arrive.
        const taken = error instanceof MlflowError && error.code === 'RESOURCE_ALREADY_EXISTS';
        const now = taken ? await this.getExperimentByName(name) : undefined;
        if (now === undefined) throw error;
        return now.experimentId;
      }
    if (found.lifecycleStage === 'deleted') await this.restoreExperiment(found.experimentId);
    return found.experimentId;
  }

  /** Not repeated where its answer is lost: give a tag that identifies the run, and search for it before trying again. */
  async createRun(run: {
    readonly experimentId: string;
    readonly runName?: string;
    /** Milliseconds since 1970; without it the server would say 1970. */
    readonly startTime: number;
    readonly tags?: Readonly<Record<string, string>>;
    readonly userId?: string;
  }): Promise<Run> {
    assertTime('start time', run.startTime);
    const body = {
      experiment_id: run.experimentId,
      run_name: run.runName,
      start_time: run.startTime,
      user_id: run.userId,
      tags: encodePairs(run.tags ?? {}),
    };
    return decodeRun((await this.post<{ run: WireRun }>('runs/create', body, { idempotent: false })).run);
  }

  async getRun(runId: string): Promise<Run> {
    return decodeRun((await this.get<{ run: WireRun }>('runs/get', { run_id: runId })).run);
  }

  async updateRun(
    runId: string,
    changes: { readonly status?: RunStatus; readonly endTime?: number; readonly runName?: string },
  ): Promise<void> {
    if (changes.endTime !== undefined) assertTime('end time', changes.endTime);
    const { status, endTime, runName } = changes;
    await this.post('runs/update', { run_id: runId, status, end_time: endTime, run_name: runName });
  }

  async deleteRun(runId: string): Promise<void> {
    await this.post('runs/delete', { run_id: runId });
  }

  /** All runs that a filter such as "tags.`kdlab.runId` = 'x' AND metrics.loss < 1" leaves, or the first `maxResults`. */
  async searchRuns(search: {
    readonly experimentIds: readonly string[];
    readonly filter?: string;
    readonly orderBy?: readonly string[];
    readonly maxResults?: number;
  }): Promise<Run[]> {
    const { experimentIds, filter, orderBy, maxResults = Number.POSITIVE_INFINITY } = search;
    const body = { experiment_ids: experimentIds, filter, order_by: orderBy };
    const runs = await this.pages(maxResults, async (pageToken) => {
      const page = { ...body, max_results: Math.min(RUNS_PAGE, maxResults), page_token: pageToken };
      const answer = await this.post<{ runs?: WireRun[]; next_page_token?: string }>('runs/search', page);
      return { items: answer.runs ?? [], next: answer.next_page_token };
    });
    return runs.map(decodeRun);
  }

  /**
   * Logs any number of metrics, parameters and tags in as many calls as the server's limits ask for. An item that
   * cannot be stored is given back with the reason; all others are stored. Calling it again with the same points
   * adds nothing on SQL stores.
   */
  async logBatch(runId: string, { metrics = [], params = {}, tags = {} }: LogBatch): Promise<Rejected[]> {
    const points = sift('metric', metrics, problemOfMetric);
    const pairs = (kind: 'param' | 'tag', record: Readonly<Record<string, string>>) =>
      sift(
        kind,
        Object.entries(record).map(([key, value]) => ({ key, value })),
        ({ key, value }) => problemOfValue(kind, key, value),
      );
    const [ofParams, ofTags] = [pairs('param', params), pairs('tag', tags)];
    const items: Item[] = [
      ...ofTags.accepted.map((item) => ({ kind: 'tag' as const, item })),
      ...ofParams.accepted.map((item) => ({ kind: 'param' as const, item })),
      ...points.accepted.map((point) => ({ kind: 'metric' as const, item: encodeMetric(point) })),
    ];
    const rejected = [...points.rejected, ...ofParams.rejected, ...ofTags.rejected];
    for (const batch of splitBatch(items)) await this.sendBatch(runId, batch, rejected);
    return rejected;
  }

  /** One bad item makes the server refuse all: halving finds it. */
  private async sendBatch(runId: string, batch: readonly Item[], rejected: Rejected[]): Promise<void> {
    try {
      await this.post('runs/log-batch', batchBody(runId, batch));
    } catch (error) {
      if (!(error instanceof MlflowError && error.status === 400)) throw error;
      const [first, ...more] = batch;
      if (first === undefined) throw error;
      if (more.length === 0) {
        rejected.push({ kind: first.kind, key: first.item.key, reason: error.message });
        return;
      }
      const half = batch.length >> 1;
      await this.sendBatch(runId, batch.slice(0, half), rejected);
      await this.sendBatch(runId, batch.slice(half), rejected);
    }
  }

  async logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void> {
    for (const { name, digest } of datasets)
      if (digest.length > LIMITS.datasetDigest)
        throw new MlflowError(
          `the digest of data set "${name}" has ${digest.length} characters, at most ${LIMITS.datasetDigest} are allowed`,
        );
    await this.post('runs/log-inputs', {
      run_id: runId,
      datasets: datasets.map(({ name, digest, sourceType, source, context }) => ({
        dataset: { name, digest, source_type: sourceType, source },
        tags: context === undefined ? [] : [{ key: 'mlflow.data.context', value: context }],
      })),
    });
  }

  /** Every point of a metric, in the server's order. */
  async getMetricHistory(runId: string, key: string): Promise<MetricPoint[]> {
    const points = await this.pages(Number.POSITIVE_INFINITY, async (pageToken) => {
      const query = { run_id: runId, metric_key: key, max_results: HISTORY_PAGE, page_token: pageToken };
      const answer = await this.get<{ metrics?: WireMetric[]; next_page_token?: string }>('metrics/get-history', query);
      return { items: answer.metrics ?? [], next: answer.next_page_token };
    });
    return points.map(decodeMetric);
  }

  /** Sends bytes, or the file of this name, to `path` among the run's artifacts. */
  uploadArtifact(run: Pick<Run, 'runId' | 'artifactUri'>, path: string, content: string | Buffer): Promise<void> {
    return uploadArtifact(this.http, run, path, content);
  }

  downloadArtifact(run: Pick<Run, 'runId' | 'artifactUri'>, path: string): Promise<Buffer> {
    return downloadArtifact(this.http, run, path);
  }

  listArtifacts(runId: string, path?: string): Promise<ArtifactInfo[]> {
    return listArtifacts(this.http, runId, path);
  }

  /** Closes the connections; calls under way are waited for. */
  close(): Promise<void> {
    return this.http.close();
  }

  /** Reads pages until there is no next one; a token that comes again would go on for ever. */
  private async pages<T>(
    maxResults: number,
    read: (pageToken: string | undefined) => Promise<{ items: T[]; next: string | undefined }>,
  ): Promise<T[]> {
    const all: T[] = [];
    const seen = new Set<string>();
    let token: string | undefined;
    for (;;) {
      const { items, next } = await read(token);
      all.push(...items);
      if (all.length >= maxResults) return all.slice(0, maxResults);
      if (next === undefined || next === '' || seen.has(next)) return all;
      seen.add(next);
      token = next;
    }
  }

  private get<T>(method: string, query: Readonly<Record<string, string | number | undefined>>): Promise<T> {
    return this.http.json({ method: 'GET', path: `${API}/${method}`, query });
  }

  private post<T>(method: string, json: unknown, options: { idempotent?: boolean } = {}): Promise<T> {
    return this.http.json({ method: 'POST', path: `${API}/${method}`, json, ...options });
  }
}

function assertTime(what: string, time: number): void {
  if (!Number.isSafeInteger(time) || time < 0)
    throw new MlflowError(`the ${what} is ${time}, expected whole milliseconds since 1970`);
}
