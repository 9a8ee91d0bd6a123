import fs from 'node:fs';
import { isUnsupported, type LoggedModel, type MlflowClient, type ModelVersion } from '../mlflow';
import type { RunFolder } from '../run/folder';
import type { RunRecord } from '../run/record';
import type { RemoteRun } from './ledger';
import { RUN_KEY_TAG, runKey } from './run-contents';

/** What a version consists of. */
const FILES = ['student.safetensors', 'config.yaml', 'results.json'] as const;

/**
 * Makes the run's student a version of a registered model and points an alias at it. Done again, it finds the version
 * of this run. Where the server has logged models the version is one, with files of its own; elsewhere it is the run's
 * artifact folder. Throws MlflowError.
 */
export async function registerStudent(
  client: MlflowClient,
  run: { readonly folder: RunFolder; readonly record: RunRecord; readonly remote: RemoteRun },
  { model, alias }: { readonly model: string; readonly alias: string },
): Promise<ModelVersion> {
  const { registry } = client;
  const { runId } = run.remote;
  await registry.ensureModel(model);
  const [known] = await registry.searchVersions(model, { runId });
  const version = known ?? (await createVersion(client, run, model));
  await registry.setAlias(model, alias, version.version);
  return version;
}

async function createVersion(
  client: MlflowClient,
  { folder, record, remote }: Parameters<typeof registerStudent>[1],
  model: string,
): Promise<ModelVersion> {
  const { runId, artifactUri } = remote;
  const logged = await logStudent(client, { folder, record, remote });
  return client.registry.createVersion({
    name: model,
    runId,
    description: record.results?.headline ?? '',
    tags: { [RUN_KEY_TAG]: runKey(record), 'kdlab.configHash': record.configHash },
    ...(logged === undefined
      ? { source: artifactUri }
      : { source: `models:/${logged.modelId}`, modelId: logged.modelId }),
  });
}

/** The student as a logged model; undefined where the server knows no such thing. */
async function logStudent(
  client: MlflowClient,
  { folder, record, remote }: Parameters<typeof registerStudent>[1],
): Promise<LoggedModel | undefined> {
  const { loggedModels } = client;
  const { runId, experimentId } = remote;
  try {
    // One that an earlier try left half-way is gone on with.
    const [begun] = await loggedModels.search([experimentId], `source_run_id = '${runId}' AND name = 'student'`);
    const logged =
      begun ??
      (await loggedModels.create({
        experimentId,
        name: 'student',
        sourceRunId: runId,
        modelType: 'kdlab-student',
        tags: { [RUN_KEY_TAG]: runKey(record) },
      }));
    for (const name of FILES)
      if (fs.existsSync(folder.artifact(name))) await client.uploadArtifact(logged, name, folder.artifact(name));
    await loggedModels.finalize(logged.modelId, 'READY');
    await loggedModels.attachToRun(runId, logged.modelId);
    return logged;
  } catch (error) {
    if (isUnsupported(error)) return undefined;
    throw error;
  }
}
