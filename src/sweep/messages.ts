import type { RawConfig } from '../config/load';
import type { RunRecord, RunStatus } from '../run/record';

/** What a worker process is given to do. */
export interface Job {
  readonly config: RawConfig;
  readonly where: string;
  readonly runsDir: string;
  readonly dataDir?: string;
  readonly download: boolean;
  readonly command: string;
  readonly sweep?: NonNullable<RunRecord['sweep']>;
  /** Stop with a checkpoint at the first value of `metric` from this share of the stage's steps on. */
  readonly halt?: { readonly stage: string; readonly metric: string; readonly share: number };
}

export type ToWorker = { readonly kind: 'job'; readonly job: Job } | { readonly kind: 'stop' };

/** How far a run is: the stage it trains, the first being 1. */
export interface ChildProgress {
  readonly stage: string;
  readonly index: number;
  readonly stages: number;
  readonly step: number;
  readonly steps: number;
}

export type FromWorker =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly progress: ChildProgress }
  | { readonly kind: 'ended'; readonly status: RunStatus; readonly halted: boolean }
  | { readonly kind: 'failed'; readonly message: string };
