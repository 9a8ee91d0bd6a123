import type { z } from 'zod';
import type { Rng } from '../math/rng';
import type { Results } from './results';
import type { Stage } from './trainer';
import type { Metrics, Model } from './types';

export interface CatalogueEntry {
  readonly name: string;
  readonly description: string;
}

export interface BuildContext {
  /** The run's root key. */
  readonly rng: Rng;
  readonly dataDir?: string;
  /** False where nothing may be fetched from the network. */
  readonly download: boolean;
  readonly cacheDir: string;
  /** The run's folder, where there is or will be one: for what must outlive the run's checkpoints. */
  readonly runFolder?: string;
  /** A line for the user about what takes time (a download, a cache being filled). */
  readonly notify: (message: string) => void;
}

/** How a finished stage ended. */
export interface StageSummary {
  readonly step: number;
  /** The source's own numbers at the end, for example environment steps. */
  readonly metrics: Metrics;
}

/** An experiment made ready: nothing has been trained, everything has been checked that can be. */
export interface Plan {
  readonly stages: readonly Stage[];
  readonly datasets: readonly {
    readonly name: string;
    readonly digest: string;
    readonly source: string;
    readonly splitHash?: string;
  }[];
  /** The models whose weights are kept with the run, by role. */
  readonly models: Readonly<Record<string, Model>>;
  /** Measures the trained models; called after the last stage with what each stage came to, by its name. */
  evaluate(trained: Readonly<Record<string, StageSummary>>): Promise<Results>;
}

/** What a file in `experiments/` exports by default: a family of configurations that one schema describes. */
export interface Experiment<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly schema: S;
  /** The parts that a configuration of this family can name, by kind, for `kdlab list`. */
  catalogue(): Readonly<Record<string, readonly CatalogueEntry[]>>;
  /** Throws KdlabError where the parts do not fit. */
  build(config: z.output<S>, context: BuildContext): Promise<Plan>;
}

/** Types an experiment by its own schema; nothing else. */
export function experiment<S extends z.ZodType>(definition: Experiment<S>): Experiment<S> {
  return definition;
}
