import path from 'node:path';
import type { z } from 'zod';
import { type BaseConfig, baseSchema } from '../config/base';
import { configHash, parseConfig, type RawConfig } from '../config/load';
import { KdlabError } from '../core/errors';
import type { Experiment } from '../core/experiment';
import { resolveNamed } from '../core/resolve';
import { RunFolder } from './folder';
import { experimentsFolder } from './package-root';
import type { RunRecord } from './record';

/** A validated configuration with its experiment and the place its run has. */
export interface Prepared {
  readonly config: RawConfig;
  readonly base: BaseConfig;
  readonly experiment: Experiment;
  readonly hash: string;
  readonly id: string;
  readonly folder: RunFolder;
}

/** True where the configuration in a run's record is not the one that the run began with: somebody edited run.json. */
export function wasEdited({ config, configHash: recorded }: Pick<RunRecord, 'config' | 'configHash'>): boolean {
  return configHash({ ...config }) !== recorded;
}

/** Validates a configuration and finds its run folder. Throws KdlabError with every problem at once. */
export function prepare(raw: RawConfig, { runsDir, where }: { runsDir: string; where: string }): Prepared {
  if (typeof raw.experiment !== 'string')
    throw new KdlabError(
      `${where}: "experiment" is missing; it names the experiment module, for example "experiment: supervised"`,
    );
  const experiment = resolveNamed<Experiment>('experiment', [experimentsFolder], raw.experiment);
  const parsed: z.output<typeof experiment.schema> = parseConfig(experiment.schema, raw, where);
  // What is stored and hashed is plain JSON: the resolved configuration parses to itself.
  const config = JSON.parse(JSON.stringify(parsed)) as RawConfig;
  const base = baseSchema.loose().parse(config) as BaseConfig;
  const hash = configHash(config);
  const id = `${base.name}-s${base.seed}-${hash.slice(0, 8)}`;
  return { config, base, experiment, hash, id, folder: new RunFolder(path.join(runsDir, base.experiment, id)) };
}
