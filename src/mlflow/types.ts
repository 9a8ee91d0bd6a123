export type RunStatus = 'RUNNING' | 'SCHEDULED' | 'FINISHED' | 'FAILED' | 'KILLED';

export interface MetricPoint {
  readonly key: string;
  /** May be NaN or infinite. SQL stores keep ±Infinity as the largest finite number. */
  readonly value: number;
  /** Milliseconds since 1970, whole. */
  readonly timestamp: number;
  readonly step: number;
}

export interface Run {
  readonly runId: string;
  readonly experimentId: string;
  readonly runName: string;
  readonly status: RunStatus;
  readonly startTime: number;
  readonly endTime?: number;
  readonly artifactUri: string;
  readonly lifecycleStage: 'active' | 'deleted';
  /** The latest point of each metric. */
  readonly metrics: readonly MetricPoint[];
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
  /** Data sets that the run read. */
  readonly inputs: readonly DatasetInput[];
  /** Ids of the logged models that the run put out. */
  readonly outputModelIds: readonly string[];
}

export interface Experiment {
  readonly experimentId: string;
  readonly name: string;
  readonly artifactLocation: string;
  readonly lifecycleStage: 'active' | 'deleted';
  readonly tags: Readonly<Record<string, string>>;
}

export interface DatasetInput {
  readonly name: string;
  /** At most 36 characters. */
  readonly digest: string;
  readonly sourceType: string;
  readonly source: string;
  /** JSON texts, shown by the user interface. */
  readonly schema?: string;
  readonly profile?: string;
  /** What it was used for: `train`, `test`. */
  readonly context?: string;
}

/** What one call may log together. */
export interface LogBatch {
  readonly metrics?: readonly MetricPoint[];
  readonly params?: Readonly<Record<string, string>>;
  readonly tags?: Readonly<Record<string, string>>;
}

/** An item that was not stored, while the rest of its batch was. */
export interface Rejected {
  readonly kind: 'metric' | 'param' | 'tag';
  readonly key: string;
  readonly reason: string;
}

export interface ArtifactInfo {
  readonly path: string;
  readonly isDirectory: boolean;
  /** Bytes; absent for folders. */
  readonly size?: number;
}

export interface RegisteredModel {
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** Version numbers by alias. */
  readonly aliases: Readonly<Record<string, string>>;
}

export interface ModelVersion {
  readonly name: string;
  /** Counts from "1". */
  readonly version: string;
  readonly source: string;
  readonly runId: string;
  readonly modelId?: string;
  readonly description: string;
  readonly status: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly aliases: readonly string[];
}

export interface LoggedModel {
  /** Begins with `m-`. */
  readonly modelId: string;
  readonly experimentId: string;
  readonly name: string;
  readonly artifactUri: string;
  readonly status: 'PENDING' | 'READY' | 'UPLOAD_FAILED' | 'UNSPECIFIED';
  readonly sourceRunId?: string;
  readonly params: Readonly<Record<string, string>>;
  readonly tags: Readonly<Record<string, string>>;
}

/** Which of the deleted and the other ones a search gives. */
export type ViewType = 'ACTIVE_ONLY' | 'DELETED_ONLY' | 'ALL';
