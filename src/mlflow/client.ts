import { setTimeout as pause } from 'node:timers/promises';
import { Api, allPages, isTaken, orUndefined } from './api';
import { type ArtifactPlace, Artifacts } from './artifacts';
import { MlflowError } from './errors';
import { Filter } from './filter';
import { Http, type HttpOptions } from './http';
import { logBatch } from './log-batch';
import { LoggedModels } from './logged-models';
import { ModelRegistry } from './registry';
import type {
  ArtifactInfo,
  DatasetInput,
  Experiment,
  LogBatch,
  MetricPoint,
  Rejected,
  Run,
  RunStatus,
  ViewType,
} from './types';
import { LIMITS, problemOfDataset } from './validate';
import {
  decodeExperiment,
  decodeMetric,
  decodeRun,
  encodeInput,
  encodePairs,
  type WireExperiment,
  type WireMetric,
  type WireRun,
} from './wire';

/** Largest page of metrics/get-history; without a size some servers answer an endless list of empty pages. */
const HISTORY_PAGE = 25_000;
const SEARCH_PAGE = 1000;
/** Before a run whose creation was not answered is looked for: the server may still be at it. */
const SETTLE_MS = 200;

/**
 * Experiments, runs, metrics, parameters, tags, data sets, artifacts and models of an MLflow tracking server over its
 * REST interface (version 2.0, servers from 2.x to 3.17). What the server would lose or cut without a word is refused
 * here. Every method throws MlflowError.
 */
export class MlflowClient {
  readonly registry: ModelRegistry;
  readonly loggedModels: LoggedModels;
  private readonly http: Http;
  private readonly api: Api;
  private readonly artifacts: Artifacts;

  constructor(options: HttpOptions) {
    this.http = new Http(options);
    this.api = new Api(this.http);
    this.registry = new ModelRegistry(this.api);
    this.loggedModels = new LoggedModels(this.api);
    this.artifacts = new Artifacts(this.api, options.multipart);
  }

  async serverVersion(): Promise<string> {
    const version = (await this.http.bytes({ method: 'GET', path: '/version' })).toString('utf8').trim();
    if (!/^\d+\.\d+/.test(version))
      throw new MlflowError(
        `the server answers, but not as MLflow does: its version would be "${version.slice(0, 60)}"`,
      );
    return version;
  }

  /** Gives the new experiment's id. Throws with code RESOURCE_ALREADY_EXISTS where the name is taken, also by a deleted one. */
  async createExperiment(name: string, tags: Readonly<Record<string, string>> = {}): Promise<string> {
    assertExperimentName(name);
    for (const [key, value] of Object.entries(tags)) assertExperimentTag(key, value);
    const body = { name, tags: encodePairs(tags) };
    return (await this.api.post<{ experiment_id: string }>('experiments/create', body, { idempotent: false }))
      .experiment_id;
  }

  async getExperiment(experimentId: string): Promise<Experiment | undefined> {
    const query = { experiment_id: experimentId };
    const answer = await orUndefined(this.api.get<{ experiment: WireExperiment }>('experiments/get', query));
    return answer === undefined ? undefined : decodeExperiment(answer.experiment);
  }

  async getExperimentByName(name: string): Promise<Experiment | undefined> {
    const query = { experiment_name: name };
    const answer = await orUndefined(this.api.get<{ experiment: WireExperiment }>('experiments/get-by-name', query));
    return answer === undefined ? undefined : decodeExperiment(answer.experiment);
  }

  /** All experiments that a filter such as "name LIKE 'kdlab/%'" leaves, or the first `maxResults`. */
  async searchExperiments({
    filter,
    orderBy,
    viewType,
    maxResults = Number.POSITIVE_INFINITY,
  }: {
    readonly filter?: string;
    readonly orderBy?: readonly string[];
    readonly viewType?: ViewType;
    readonly maxResults?: number;
  } = {}): Promise<Experiment[]> {
    const body = { filter, order_by: orderBy, view_type: viewType, max_results: Math.min(SEARCH_PAGE, maxResults) };
    const found = await allPages(async (page_token) => {
      const answer = await this.api.post<{ experiments?: WireExperiment[]; next_page_token?: string }>(
        'experiments/search',
        { ...body, page_token },
      );
      return { items: answer.experiments, next: answer.next_page_token };
    }, maxResults);
    return found.map(decodeExperiment);
  }

  async renameExperiment(experimentId: string, name: string): Promise<void> {
    assertExperimentName(name);
    await this.api.post('experiments/update', { experiment_id: experimentId, new_name: name });
  }

  async setExperimentTag(experimentId: string, key: string, value: string): Promise<void> {
    assertExperimentTag(key, value);
    await this.api.post('experiments/set-experiment-tag', { experiment_id: experimentId, key, value });
  }

  async deleteExperiment(experimentId: string): Promise<void> {
    await this.api.post('experiments/delete', { experiment_id: experimentId });
  }

  async restoreExperiment(experimentId: string): Promise<void> {
    await this.api.post('experiments/restore', { experiment_id: experimentId });
  }

  /** The id of the experiment of this name: created, or restored, where it is not there. */
  async ensureExperiment(name: string): Promise<string> {
    const found = await this.getExperimentByName(name);
    if (found === undefined)
      try {
        return await this.createExperiment(name);
      } catch (error) {
        // Another run was quicker, or our own first try did arrive.
        const now = isTaken(error) ? await this.getExperimentByName(name) : undefined;
        if (now === undefined) throw error;
        return now.experimentId;
      }
    if (found.lifecycleStage === 'deleted') await this.restoreExperiment(found.experimentId);
    return found.experimentId;
  }

  /**
   * Creates a run. The server would create another one at each repetition: where the answer is lost, the run is looked
   * for by the tag `identifiedBy`, whose value no other run must have. Without one the error is thrown.
   */
  async createRun(run: {
    readonly experimentId: string;
    readonly runName?: string;
    /** Milliseconds since 1970; without it the server would say 1970. */
    readonly startTime: number;
    readonly tags?: Readonly<Record<string, string>>;
    /** The run under which this one is nested, in the user interface too. */
    readonly parentRunId?: string;
    readonly userId?: string;
    readonly identifiedBy?: string;
  }): Promise<Run> {
    assertTime('start time', run.startTime);
    const { experimentId, runName, startTime, parentRunId, userId, identifiedBy } = run;
    const tags: Record<string, string> = {
      ...run.tags,
      ...(parentRunId === undefined ? {} : { 'mlflow.parentRunId': parentRunId }),
    };
    const body = {
      experiment_id: experimentId,
      run_name: runName,
      start_time: startTime,
      user_id: userId,
      tags: encodePairs(tags),
    };
    const create = async () =>
      decodeRun((await this.api.post<{ run: WireRun }>('runs/create', body, { idempotent: false })).run);
    try {
      return await create();
    } catch (error) {
      const identity = identifiedBy === undefined ? undefined : tags[identifiedBy];
      const lost = error instanceof MlflowError && error.retryable;
      if (identifiedBy === undefined || identity === undefined || !lost || this.http.ended) throw error;
      await pause(SETTLE_MS);
      const filter = Filter.tag(identifiedBy, '=', identity);
      const [found] = await this.searchRuns({ experimentIds: [experimentId], filter, maxResults: 1 });
      return found ?? (await create());
    }
  }

  async getRun(runId: string): Promise<Run> {
    return decodeRun((await this.api.get<{ run: WireRun }>('runs/get', { run_id: runId })).run);
  }

  async updateRun(
    runId: string,
    changes: { readonly status?: RunStatus; readonly endTime?: number; readonly runName?: string },
  ): Promise<void> {
    if (changes.endTime !== undefined) assertTime('end time', changes.endTime);
    const { status, endTime, runName } = changes;
    await this.api.post('runs/update', { run_id: runId, status, end_time: endTime, run_name: runName });
  }

  async deleteRun(runId: string): Promise<void> {
    await this.api.post('runs/delete', { run_id: runId });
  }

  async restoreRun(runId: string): Promise<void> {
    await this.api.post('runs/restore', { run_id: runId });
  }

  async deleteTag(runId: string, key: string): Promise<void> {
    await this.api.post('runs/delete-tag', { run_id: runId, key });
  }

  /** All runs that a filter leaves, built by `Filter` or written out, or the first `maxResults`. */
  async searchRuns(search: {
    readonly experimentIds: readonly string[];
    readonly filter?: string | Filter;
    readonly orderBy?: readonly string[];
    readonly viewType?: ViewType;
    readonly maxResults?: number;
  }): Promise<Run[]> {
    const { experimentIds, filter, orderBy, viewType, maxResults = Number.POSITIVE_INFINITY } = search;
    const body = {
      experiment_ids: experimentIds,
      filter: filter?.toString(),
      order_by: orderBy,
      run_view_type: viewType,
      max_results: Math.min(SEARCH_PAGE, maxResults),
    };
    const runs = await allPages(async (page_token) => {
      const answer = await this.api.post<{ runs?: WireRun[]; next_page_token?: string }>('runs/search', {
        ...body,
        page_token,
      });
      return { items: answer.runs, next: answer.next_page_token };
    }, maxResults);
    return runs.map(decodeRun);
  }

  /** The runs nested directly under this one. */
  childRuns({ runId, experimentId }: Pick<Run, 'runId' | 'experimentId'>): Promise<Run[]> {
    return this.searchRuns({
      experimentIds: [experimentId],
      filter: Filter.tag('mlflow.parentRunId', '=', runId),
      orderBy: ['attributes.start_time ASC'],
    });
  }

  /** Any number of metrics, parameters and tags; gives back what cannot be stored, with the reason. */
  logBatch(runId: string, batch: LogBatch): Promise<Rejected[]> {
    return logBatch(this.api, runId, batch);
  }

  async logInputs(runId: string, datasets: readonly DatasetInput[]): Promise<void> {
    for (const dataset of datasets) {
      const problem = problemOfDataset(dataset);
      if (problem !== undefined) throw new MlflowError(problem);
    }
    await this.api.post('runs/log-inputs', { run_id: runId, datasets: datasets.map(encodeInput) });
  }

  /** Every point of a metric, in the server's order. */
  async getMetricHistory(runId: string, key: string): Promise<MetricPoint[]> {
    const points = await allPages(async (page_token) => {
      const query = { run_id: runId, metric_key: key, max_results: HISTORY_PAGE, page_token };
      const answer = await this.api.get<{ metrics?: WireMetric[]; next_page_token?: string }>(
        'metrics/get-history',
        query,
      );
      return { items: answer.metrics, next: answer.next_page_token };
    });
    return points.map(decodeMetric);
  }

  /** Sends bytes, or the file of this name, to `path` among the artifacts of a run or logged model. */
  uploadArtifact(place: ArtifactPlace, path: string, content: string | Buffer): Promise<void> {
    return this.artifacts.upload(place, path, content);
  }

  downloadArtifact(place: ArtifactPlace, path: string): Promise<Buffer> {
    return this.artifacts.download(place, path);
  }

  /** What lies directly below a folder of the run's artifacts; nothing where there is no such folder. */
  listArtifacts(runId: string, path?: string): Promise<ArtifactInfo[]> {
    return this.artifacts.list(runId, path);
  }

  /** Closes the connections; calls under way are waited for. */
  close(): Promise<void> {
    return this.http.close();
  }
}

function assertTime(what: string, time: number): void {
  if (!Number.isSafeInteger(time) || time < 0)
    throw new MlflowError(`the ${what} is ${time}, expected whole milliseconds since 1970`);
}

function assertExperimentName(name: string): void {
  if (name.length === 0 || name.length > LIMITS.experimentName)
    throw new MlflowError(`an experiment's name has 1 to ${LIMITS.experimentName} characters, found ${name.length}`);
}

function assertExperimentTag(key: string, value: string): void {
  if (key.length === 0 || key.length > LIMITS.key || value.length > LIMITS.experimentTagValue)
    throw new MlflowError(
      `the tag "${key}" of an experiment is too long: at most ${LIMITS.key} characters for its name and ${LIMITS.experimentTagValue} for its value`,
    );
}
