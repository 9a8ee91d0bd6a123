import type { Results } from '../core/results';
import type { Json } from '../core/state';

export type RunStatus = 'RUNNING' | 'FINISHED' | 'FAILED' | 'INTERRUPTED';

/** `run.json`: everything about a run but its metrics. docs/run-folder.md documents it. */
export interface RunRecord {
  readonly schema: 1;
  /** Folder name: `<name>-s<seed>-<first 8 of the config hash>`. */
  readonly id: string;
  readonly experiment: string;
  readonly name: string;
  readonly description: string;
  readonly configHash: string;
  readonly seed: number;
  readonly status: RunStatus;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  readonly endedAt?: number;
  /** Seconds of computing summed over sessions. */
  readonly seconds: number;
  /** One entry for each start or resume. */
  readonly sessions: readonly { readonly startedAt: number; readonly command: string }[];
  readonly config: { readonly [key: string]: Json };
  readonly engine: { readonly name: string; readonly reason: string; readonly threads: number };
  readonly versions: Readonly<Record<string, string>>;
  readonly git?: { readonly commit: string; readonly branch: string; readonly dirty: boolean };
  readonly hardware: { readonly cpu: string; readonly cores: number; readonly memoryGiB: number; readonly os: string };
  readonly user: string;
  readonly datasets: readonly {
    readonly name: string;
    readonly digest: string;
    readonly source: string;
    readonly splitHash?: string;
  }[];
  /** The sweep that first made this run: `runs/<experiment>/sweeps/<id>/sweep.json` is its parent record. */
  readonly sweep?: { readonly id: string; readonly name: string; readonly trial: number };
  readonly results?: Results;
  readonly error?: string;
}

/** One line of `metrics.jsonl`. Non-finite values are the strings NaN, Infinity, -Infinity. */
export interface MetricLine {
  /** Milliseconds since 1970. */
  readonly t: number;
  readonly step: number;
  /** `<stage>/<metric>`, for example `student/loss`. */
  readonly metrics: Readonly<Record<string, number | 'NaN' | 'Infinity' | '-Infinity'>>;
}
