import { type Api, allPages } from './api';
import { MlflowError } from './errors';
import type { LoggedModel } from './types';
import { decodeLoggedModel, encodePairs, type WireLoggedModel } from './wire';

const PAGE = 50;

/**
 * Logged models, which servers have from version 3 on. Whether this one has them is seen by its answer: methods throw
 * MlflowError with code ENDPOINT_NOT_FOUND where it does not, and `isUnsupported` tells that error from others.
 */
export class LoggedModels {
  constructor(private readonly api: Api) {}

  /** Pending until it is finalized. Its files go to its own `artifactUri`. */
  async create(model: {
    readonly experimentId: string;
    readonly name: string;
    readonly sourceRunId?: string;
    readonly modelType?: string;
    readonly params?: Readonly<Record<string, string>>;
    readonly tags?: Readonly<Record<string, string>>;
  }): Promise<LoggedModel> {
    const { experimentId, name, sourceRunId, modelType, params = {}, tags = {} } = model;
    const body = {
      experiment_id: experimentId,
      name,
      source_run_id: sourceRunId,
      model_type: modelType,
      params: encodePairs(params),
      tags: encodePairs(tags),
    };
    return decodeLoggedModel(
      (await this.api.post<{ model: WireLoggedModel }>('logged-models', body, { idempotent: false })).model,
    );
  }

  async get(modelId: string): Promise<LoggedModel> {
    return decodeLoggedModel((await this.api.get<{ model: WireLoggedModel }>(`logged-models/${modelId}`)).model);
  }

  /** Says that its files are complete, or that it failed. */
  async finalize(modelId: string, status: 'READY' | 'UPLOAD_FAILED'): Promise<LoggedModel> {
    const body = { model_id: modelId, status: `LOGGED_MODEL_${status}` };
    return decodeLoggedModel(
      (await this.api.patch<{ model: WireLoggedModel }>(`logged-models/${modelId}`, body)).model,
    );
  }

  /** All logged models of these experiments that a filter such as "tags.a = 'b'" leaves. */
  async search(experimentIds: readonly string[], filter?: string): Promise<LoggedModel[]> {
    const models = await allPages(async (page_token) => {
      const body = { experiment_ids: experimentIds, filter, max_results: PAGE, page_token };
      const answer = await this.api.post<{ models?: WireLoggedModel[]; next_page_token?: string }>(
        'logged-models/search',
        body,
      );
      return { items: answer.models, next: answer.next_page_token };
    });
    return models.map(decodeLoggedModel);
  }

  async setTags(modelId: string, tags: Readonly<Record<string, string>>): Promise<void> {
    await this.api.patch(`logged-models/${modelId}/tags`, { tags: encodePairs(tags) });
  }

  /** Names a logged model as what a run put out. */
  async attachToRun(runId: string, modelId: string, step = 0): Promise<void> {
    await this.api.post('runs/outputs', { run_id: runId, models: [{ model_id: modelId, step }] });
  }
}

/** True where the server has no such interface at all, which is not the same as no such model. */
export function isUnsupported(error: unknown): boolean {
  if (!(error instanceof MlflowError)) return false;
  const { status, code } = error;
  return code === 'ENDPOINT_NOT_FOUND' || status === 501 || ((status === 404 || status === 405) && code === undefined);
}
