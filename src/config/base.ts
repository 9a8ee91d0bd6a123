import { z } from 'zod';
import { section } from '../core/section';
import { ENGINES } from '../engine/engine';

const modelName = z.string().regex(/^[^/:]+$/, 'expected a name without / and :');

/** Keys that every configuration has, whatever its experiment. */
export const baseShape = {
  experiment: z.string().describe('which experiment module runs it'),
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'expected letters, digits, dot, dash and underscore only')
    .describe('names the run folder'),
  description: z.string().default('').describe('what it shows, in two sentences'),
  seed: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).describe('determines everything'),
  engine: z.enum(ENGINES).default('auto'),
  logEvery: z.number().int().positive().default(20).describe('steps between metric lines'),
  checkpointSeconds: z.number().min(0).default(10).describe('seconds between checkpoints; 0 writes one every step'),
  tracking: section({
    uri: z
      .string()
      .regex(/^https?:\/\//, 'expected an MLflow server, http:// or https://; the local run folder needs no setting')
      .optional(),
    experimentName: z.string().min(1).optional().describe('default: kdlab/<experiment>'),
    parentRunId: z.string().min(1).optional().describe('MLflow run under which this one is nested'),
    register: z
      .union([modelName, section({ model: modelName, alias: z.string().regex(/^(?!latest$|v\d+$)[\w-]+$/i) })])
      .optional()
      .describe('registered model that the finished run’s student becomes a version of, with the alias "newest"'),
    systemMetricsSeconds: z
      .number()
      .min(0)
      .optional()
      .describe('seconds between samples of CPU, memory and GPU; default 10, 0 takes none'),
  })
    .default({})
    .describe('the MLflow server to mirror to; MLFLOW_TRACKING_URI does the same'),
};

export const baseSchema = section(baseShape);
export type BaseConfig = z.output<typeof baseSchema>;

/** Keys that say how a run is recorded, not what is computed: they do not enter the content hash. */
export const UNHASHED = ['description', 'checkpointSeconds', 'tracking'] as const;
