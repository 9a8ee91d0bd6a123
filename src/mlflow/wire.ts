import type {
  DatasetInput,
  Experiment,
  LoggedModel,
  MetricPoint,
  ModelVersion,
  RegisteredModel,
  Run,
  RunStatus,
} from './types';

/*
 * MLflow's JSON: protobuf messages with names_like_this, fields left out where they are empty, numbers that are not
 * finite as strings.
 */

export interface WireMetric {
  key: string;
  value: number | string;
  timestamp: number | string;
  step?: number | string;
}

export interface WirePair {
  key: string;
  value?: string;
}

export interface WireRun {
  info: {
    run_id: string;
    experiment_id: string;
    run_name?: string;
    status: RunStatus;
    start_time?: number | string;
    end_time?: number | string;
    artifact_uri?: string;
    lifecycle_stage?: 'active' | 'deleted';
  };
  data?: { metrics?: WireMetric[]; params?: WirePair[]; tags?: WirePair[] };
  inputs?: { dataset_inputs?: WireInput[] };
  outputs?: { model_outputs?: { model_id: string }[] };
}

export interface WireInput {
  dataset: {
    name: string;
    digest: string;
    source_type: string;
    source: string;
    schema?: string | undefined;
    profile?: string | undefined;
  };
  tags?: WirePair[];
}

export interface WireModel {
  name: string;
  description?: string;
  tags?: WirePair[];
  aliases?: { alias: string; version: string }[];
}

export interface WireVersion {
  name: string;
  version: string;
  source?: string;
  run_id?: string;
  model_id?: string;
  description?: string;
  status?: string;
  tags?: WirePair[];
  aliases?: string[];
}

export interface WireLoggedModel {
  info: {
    model_id: string;
    experiment_id: string;
    name: string;
    artifact_uri?: string;
    status?: string;
    source_run_id?: string;
    tags?: WirePair[];
  };
  data?: { params?: WirePair[] };
}

export interface WireExperiment {
  experiment_id: string;
  name: string;
  artifact_location?: string;
  lifecycle_stage?: 'active' | 'deleted';
  tags?: WirePair[];
}

/** A number as protobuf's JSON has it. A bare NaN is no JSON: the server would lose the whole batch without a word. */
export function encodeNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

export function encodeMetric({ key, value, timestamp, step }: MetricPoint): WireMetric {
  return { key, value: encodeNumber(value), timestamp, step };
}

export function decodeMetric({ key, value, timestamp, step = 0 }: WireMetric): MetricPoint {
  return { key, value: Number(value), timestamp: Number(timestamp), step: Number(step) };
}

export function encodePairs(record: Readonly<Record<string, string>>): WirePair[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

export function decodePairs(pairs: readonly WirePair[] = []): Record<string, string> {
  return Object.fromEntries(pairs.map(({ key, value = '' }) => [key, value]));
}

const CONTEXT = 'mlflow.data.context';

export function encodeInput({ name, digest, sourceType, source, schema, profile, context }: DatasetInput): WireInput {
  return {
    dataset: { name, digest, source_type: sourceType, source, schema, profile },
    tags: context === undefined ? [] : [{ key: CONTEXT, value: context }],
  };
}

function decodeInput({ dataset, tags }: WireInput): DatasetInput {
  const { name, digest, source_type: sourceType, source, schema, profile } = dataset;
  const context = decodePairs(tags)[CONTEXT];
  return {
    name,
    digest,
    sourceType,
    source,
    ...(schema === undefined ? {} : { schema }),
    ...(profile === undefined ? {} : { profile }),
    ...(context === undefined ? {} : { context }),
  };
}

export function decodeRun({ info, data = {}, inputs, outputs }: WireRun): Run {
  return {
    runId: info.run_id,
    experimentId: info.experiment_id,
    runName: info.run_name ?? '',
    status: info.status,
    startTime: Number(info.start_time ?? 0),
    ...(info.end_time === undefined ? {} : { endTime: Number(info.end_time) }),
    artifactUri: info.artifact_uri ?? '',
    lifecycleStage: info.lifecycle_stage ?? 'active',
    metrics: (data.metrics ?? []).map(decodeMetric),
    params: decodePairs(data.params),
    tags: decodePairs(data.tags),
    inputs: (inputs?.dataset_inputs ?? []).map(decodeInput),
    outputModelIds: (outputs?.model_outputs ?? []).map(({ model_id }) => model_id),
  };
}

export function decodeRegisteredModel({ name, description = '', tags, aliases = [] }: WireModel): RegisteredModel {
  const byAlias = Object.fromEntries(aliases.map(({ alias, version }) => [alias, version]));
  return { name, description, tags: decodePairs(tags), aliases: byAlias };
}

export function decodeModelVersion(wire: WireVersion): ModelVersion {
  return {
    name: wire.name,
    version: String(wire.version),
    source: wire.source ?? '',
    runId: wire.run_id ?? '',
    ...(wire.model_id === undefined ? {} : { modelId: wire.model_id }),
    description: wire.description ?? '',
    status: wire.status ?? '',
    tags: decodePairs(wire.tags),
    aliases: wire.aliases ?? [],
  };
}

export function decodeLoggedModel({ info, data }: WireLoggedModel): LoggedModel {
  return {
    modelId: info.model_id,
    experimentId: info.experiment_id,
    name: info.name,
    artifactUri: info.artifact_uri ?? '',
    status: (info.status?.replace('LOGGED_MODEL_', '') ?? 'UNSPECIFIED') as LoggedModel['status'],
    ...(info.source_run_id === undefined ? {} : { sourceRunId: info.source_run_id }),
    params: decodePairs(data?.params),
    tags: decodePairs(info.tags),
  };
}

export function decodeExperiment(experiment: WireExperiment): Experiment {
  return {
    experimentId: experiment.experiment_id,
    name: experiment.name,
    artifactLocation: experiment.artifact_location ?? '',
    lifecycleStage: experiment.lifecycle_stage ?? 'active',
    tags: decodePairs(experiment.tags),
  };
}
