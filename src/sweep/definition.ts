import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseConfig, type RawConfig, readConfig } from '../config/load';
import { KdlabError } from '../core/errors';
import { section } from '../core/section';
import { axisSchema } from './axis';

const trials = z.number().int().positive().max(10_000).describe('how many settings are tried');
const drawn = z.number().int().min(0).default(0).describe('seed of the draws, not of the runs');

/** How settings are chosen. */
const strategySchema = z.union(
  [
    z.literal('grid').transform(() => ({ grid: {} })),
    section({ grid: section({}) }),
    section({ random: section({ trials, seed: drawn }) }),
    section({ sobol: section({ trials, seed: drawn }) }),
    section({
      tpe: section({
        trials,
        seed: drawn,
        startup: z.number().int().min(1).default(10).describe('random settings before the first model'),
        candidates: z.number().int().min(1).default(24).describe('draws among which the model chooses'),
      }),
    }),
    section({
      asha: section({
        trials,
        seed: drawn,
        stage: z.string().min(1).default('student').describe('the stage whose steps are the budget'),
        eta: z.number().int().min(2).default(3).describe('one of so many goes on at each rung'),
        rungs: z.number().int().min(2).max(10).default(3).describe('the last one is the whole budget'),
      }),
    }),
  ],
  {
    error:
      'expected grid, {random: {trials: 20}}, {sobol: {trials: 16}}, {tpe: {trials: 30}} or {asha: {trials: 27, eta: 3, rungs: 3}}',
  },
);

const LARGEST = 1_000_000;

/** A sweep file. */
export const definitionSchema = section({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected letters, digits, dot, dash and underscore only')
    .describe('names the sweep folder'),
  description: z.string().default('').describe('what it asks'),
  base: z.string().min(1).describe('a recipe, or the path of a configuration relative to this file'),
  set: z.record(z.string(), z.json()).default({}).describe('keys of the base changed for all runs, by dotted path'),
  axes: z
    .record(z.string(), axisSchema)
    .default({})
    .describe('what is varied, by dotted path; none is a sweep over seeds only'),
  seeds: z
    .union([
      z.array(z.number().int().min(0)).min(1),
      z
        .number()
        .int()
        .positive()
        .max(LARGEST)
        .transform((count) => Array.from({ length: count }, (_, i) => i)),
    ])
    .default([0])
    .refine((seeds) => new Set(seeds).size === seeds.length, 'a seed stands there twice')
    .describe('a list, or how many from 0 on; every setting is run once with each'),
  strategy: strategySchema.default({ grid: {} }),
  metric: z
    .string()
    .regex(/^[^/]+\/.+$/, 'expected <stage>/<metric> of metrics.jsonl, such as student/validationError')
    .optional()
    .describe('its last value ranks the settings; measured on validation data, never on the test set'),
  goal: z.enum(['minimize', 'maximize']).default('minimize'),
}).superRefine(({ strategy, metric, axes }, context) => {
  const [name] = Object.keys(strategy) as [string];
  if ((name === 'tpe' || name === 'asha') && metric === undefined)
    context.addIssue({
      code: 'custom',
      path: ['metric'],
      message: `${name} chooses by a metric; name one, such as student/validationError`,
    });
  if (name !== 'grid' && Object.keys(axes).length === 0)
    context.addIssue({
      code: 'custom',
      path: ['axes'],
      message: `${name} draws settings from axes; name at least one`,
    });
});

export type Definition = z.output<typeof definitionSchema>;
export type Strategy = Definition['strategy'];

/** A sweep with the configuration it starts from. */
export interface Sweep {
  readonly definition: Definition;
  /** The base as read and changed by `set`, not validated yet. */
  readonly base: RawConfig;
  /** The file, or the sweep folder it was read back from. */
  readonly where: string;
  /** `<name>-<first 8 of the hash of what it asks for>`. */
  readonly id: string;
}

/**
 * Reads a sweep file. `findConfig` gives the file of a recipe or path. Throws KdlabError with every problem of the file.
 */
export function readSweep(file: string, findConfig: (config: string) => string): Sweep {
  const definition = parseConfig(definitionSchema, readConfig(file), file);
  const beside = path.resolve(path.dirname(file), definition.base);
  const base = readConfig(fs.existsSync(beside) && fs.statSync(beside).isFile() ? beside : findConfig(definition.base));
  return makeSweep(definition, base, file);
}

/** A sweep of a validated definition over a base configuration. */
export function makeSweep(definition: Definition, base: RawConfig, where: string): Sweep {
  if (typeof base.experiment !== 'string' || typeof base.name !== 'string')
    throw new KdlabError(`${where}: its base "${definition.base}" is no configuration of an experiment`);
  const { description: _, ...asked } = definition;
  const hash = createHash('sha256')
    .update(JSON.stringify([asked, base]))
    .digest('hex');
  return { definition, base, where, id: `${definition.name}-${hash.slice(0, 8)}` };
}
