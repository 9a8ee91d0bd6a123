import { type Api, allPages, isTaken, orUndefined } from './api';
import { MlflowError } from './errors';
import { quoted } from './filter';
import type { ModelVersion, RegisteredModel } from './types';
import { LIMITS } from './validate';
import { decodeModelVersion, decodeRegisteredModel, encodePairs, type WireModel, type WireVersion } from './wire';

const PAGE = 100;

/** Registered models, their versions, aliases and tags. Every method throws MlflowError. */
export class ModelRegistry {
  constructor(private readonly api: Api) {}

  /** Throws with code RESOURCE_ALREADY_EXISTS where the name is taken. */
  async createModel(
    name: string,
    {
      description,
      tags = {},
    }: { readonly description?: string; readonly tags?: Readonly<Record<string, string>> } = {},
  ): Promise<RegisteredModel> {
    if (name === '' || /[/:]/.test(name))
      throw new MlflowError(`"${name}" is no name of a registered model: it must not be empty or hold / or :`);
    const body = { name, description, tags: registryTags(tags) };
    const { registered_model } = await this.api.post<{ registered_model: WireModel }>(
      'registered-models/create',
      body,
      {
        idempotent: false,
      },
    );
    return decodeRegisteredModel(registered_model);
  }

  async getModel(name: string): Promise<RegisteredModel | undefined> {
    const found = this.api.get<{ registered_model: WireModel }>('registered-models/get', { name });
    const answer = await orUndefined(found);
    return answer === undefined ? undefined : decodeRegisteredModel(answer.registered_model);
  }

  /** The model of this name: created where it is not there. */
  async ensureModel(name: string): Promise<RegisteredModel> {
    const found = await this.getModel(name);
    if (found !== undefined) return found;
    try {
      return await this.createModel(name);
    } catch (error) {
      const now = isTaken(error) ? await this.getModel(name) : undefined;
      if (now === undefined) throw error;
      return now;
    }
  }

  async deleteModel(name: string): Promise<void> {
    await this.api.delete('registered-models/delete', { name });
  }

  /** All models that a filter such as "name LIKE 'student%'" leaves. */
  async searchModels(filter?: string): Promise<RegisteredModel[]> {
    const models = await allPages(async (page_token) => {
      const query = { filter, max_results: PAGE, page_token };
      const answer = await this.api.get<{ registered_models?: WireModel[]; next_page_token?: string }>(
        'registered-models/search',
        query,
      );
      return { items: answer.registered_models, next: answer.next_page_token };
    });
    return models.map(decodeRegisteredModel);
  }

  /**
   * Adds a version. `source` is `models:/<id of a logged model>` or lies in the run's artifacts; the server refuses other
   * places of its own disk. Not repeated where its answer is lost: look for it by `runId` first.
   */
  async createVersion(version: {
    readonly name: string;
    readonly source: string;
    readonly runId?: string;
    readonly modelId?: string;
    readonly description?: string;
    readonly tags?: Readonly<Record<string, string>>;
  }): Promise<ModelVersion> {
    const { name, source, runId, modelId, description, tags = {} } = version;
    const body = { name, source, run_id: runId, model_id: modelId, description, tags: registryTags(tags) };
    const { model_version } = await this.api.post<{ model_version: WireVersion }>('model-versions/create', body, {
      idempotent: false,
    });
    return decodeModelVersion(model_version);
  }

  async getVersion(name: string, version: string): Promise<ModelVersion | undefined> {
    const found = this.api.get<{ model_version: WireVersion }>('model-versions/get', { name, version });
    const answer = await orUndefined(found);
    return answer === undefined ? undefined : decodeModelVersion(answer.model_version);
  }

  /** Versions of a model, newest first, or those that one run brought. */
  async searchVersions(name: string, { runId }: { readonly runId?: string } = {}): Promise<ModelVersion[]> {
    const filter = `name=${quoted(name)}${runId === undefined ? '' : ` AND run_id=${quoted(runId)}`}`;
    const versions = await allPages(async (page_token) => {
      const answer = await this.api.get<{ model_versions?: WireVersion[]; next_page_token?: string }>(
        'model-versions/search',
        { filter, max_results: PAGE, page_token },
      );
      return { items: answer.model_versions, next: answer.next_page_token };
    });
    return versions.map(decodeModelVersion);
  }

  /** Points an alias at a version; it leaves the version that it pointed at before. */
  async setAlias(name: string, alias: string, version: string): Promise<void> {
    if (!/^[\w-]+$/.test(alias) || /^(latest|v\d+)$/i.test(alias))
      throw new MlflowError(`"${alias}" is no alias: letters, digits, _ and - are allowed; latest and v1 are reserved`);
    await this.api.post('registered-models/alias', { name, alias, version });
  }

  async deleteAlias(name: string, alias: string): Promise<void> {
    await this.api.delete('registered-models/alias', { name, alias });
  }

  async getVersionByAlias(name: string, alias: string): Promise<ModelVersion | undefined> {
    const found = this.api.get<{ model_version: WireVersion }>('registered-models/alias', { name, alias });
    try {
      return decodeModelVersion((await found).model_version);
    } catch (error) {
      // The server calls an alias that is not there an invalid parameter.
      const absent = error instanceof MlflowError && (error.status === 404 || /alias .*not found/i.test(error.message));
      if (absent) return undefined;
      throw error;
    }
  }

  async setModelTag(name: string, key: string, value: string): Promise<void> {
    await this.api.post('registered-models/set-tag', { name, ...registryTags({ [key]: value })[0] });
  }

  async setVersionTag(name: string, version: string, key: string, value: string): Promise<void> {
    await this.api.post('model-versions/set-tag', { name, version, ...registryTags({ [key]: value })[0] });
  }
}

function registryTags(tags: Readonly<Record<string, string>>): { key: string; value?: string }[] {
  for (const [key, value] of Object.entries(tags))
    if (key.length > LIMITS.key || value.length > LIMITS.registryTagValue)
      throw new MlflowError(`the tag "${key}" of a registered model is too long: ${value.length} characters`);
  return encodePairs(tags);
}
