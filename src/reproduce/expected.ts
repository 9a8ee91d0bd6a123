import fs from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { parseConfig, type RawConfig } from '../config/load';
import { KdlabError, messageOf } from '../core/errors';
import { section } from '../core/section';

const measured = section({ mean: z.number(), std: z.number().min(0), values: z.array(z.number()).min(1) });

/** A published number and what of ours it is compared with. */
export const figure = section({
  recipe: z.string().describe('the recipe at full length whose runs measure it'),
  metric: z
    .string()
    .regex(
      /^(teacher|student|reference|baseline)\.[A-Za-z0-9_-]+$/,
      'expected <role>.<metric>, such as student.testError',
    ),
  value: z.number().describe('the published number, in the unit of the metric'),
  relation: z
    .enum(['equal', 'at least', 'at most'])
    .default('equal')
    .describe('how ours must stand to it: some figures are thresholds'),
  quantity: z
    .string()
    .optional()
    .describe('figures of one quantity are ordered among each other; default: the metric without its role'),
  tolerance: z
    .number()
    .min(0)
    .optional()
    .describe('how far a mean of ours may lie away and still count as the same; default: only the interval decides'),
});

/** What a recipe folder's expected.json holds: what was published, and what we measured. */
export const expectedSchema = section({
  paper: z.string(),
  published: z.array(
    section({
      what: z.string(),
      value: z.string().describe('as it was printed'),
      status: z.string().describe('how sure we are that it was printed so'),
      figure: figure.optional().describe('the same for a machine: what `kdlab reproduce` compares'),
    }),
  ),
  reduced: z
    .record(z.string(), z.string())
    .optional()
    .describe('the recipe with a reduced schedule that stands for one at full length'),
  ours: z.array(
    section({
      recipe: z.string(),
      command: z.string(),
      seeds: z.array(z.number().int()).min(1),
      metrics: z.record(z.string(), measured),
      secondsPerSeed: z.number().positive(),
      machine: z.string(),
      engine: z.string(),
      note: z.string().optional(),
    }),
  ),
});

export type Expected = z.output<typeof expectedSchema>;
export type Figure = z.output<typeof figure>;

/** Reads a recipe folder's expected.json. Throws KdlabError with every problem where it is not one. */
export function readExpected(folder: string): Expected {
  const file = path.join(folder, 'expected.json');
  let raw: RawConfig;
  try {
    raw = JSON.parse(fs.readFileSync(file, 'utf8')) as RawConfig;
  } catch (error) {
    throw new KdlabError(`${file} cannot be read: ${messageOf(error)}`);
  }
  return parseConfig(expectedSchema, raw, file);
}
