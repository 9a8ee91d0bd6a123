import type { Experiment, MetricPoint, Run, RunStatus } from './types';

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

export function decodeRun({ info, data = {} }: WireRun): Run {
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
