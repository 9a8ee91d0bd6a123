import path from 'node:path';
import type { z } from 'zod';
import type { EstimatorDefinition } from '../core/estimator';
import type { ModelDefinition, ModelPlace } from '../core/model';
import type { Named } from '../core/named';
import { named, nameOf } from '../core/named';
import type { OptimizerDefinition } from '../core/optimizer';
import { describeAll, resolveNamed } from '../core/resolve';
import { schedule } from '../core/schedule';
import type { GradientEstimator, Model, Optimizer } from '../core/types';

const source = path.resolve(__dirname, '..');

/** The folders in which the shared parts are found by name. Domains add their own before these. */
export const FOLDERS = {
  objectives: path.join(source, 'objectives'),
  optimizers: path.join(source, 'optimizers'),
  estimators: path.join(source, 'estimators'),
  models: path.join(source, 'models'),
} as const;

/**
 * How a learner's gradient is made and applied: keys shared by every stage of every experiment, with the folders in
 * which the experiment finds its estimators.
 */
export const updateShape = (estimators: readonly string[]) => ({
  learningRate: schedule({ min: 0 }).default(1e-3).describe('a number or a schedule'),
  optimizer: named('optimizer', [FOLDERS.optimizers]).default({ adam: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 } }),
  estimator: named('estimator', estimators).default({ mean: {} }),
});

export const modelSchema: z.ZodType<Named> = named('model', [FOLDERS.models]);

export function buildModel(part: Named, place: ModelPlace): Model {
  const { name, options } = nameOf(part);
  return resolveNamed<ModelDefinition>('model', [FOLDERS.models], name).build(options, place);
}

/** A model for images of this shape, which a model of flat examples takes row by row. */
export function imageModel(part: Named, place: ModelPlace, folders: readonly string[] = [FOLDERS.models]): Model {
  const { name, options } = nameOf(part);
  const definition = resolveNamed<ModelDefinition>('model', folders, name);
  const { inputShape } = place;
  const shape = definition.input === 'flat' ? [inputShape.reduce((a, b) => a * b)] : inputShape;
  return definition.build(options, { ...place, inputShape: shape });
}

export function buildOptimizer(part: Named): Optimizer {
  const { name, options } = nameOf(part);
  return { name, ...resolveNamed<OptimizerDefinition>('optimizer', [FOLDERS.optimizers], name).build(options) };
}

export function buildEstimator(part: Named, folders: readonly string[]): GradientEstimator {
  const { name, options } = nameOf(part);
  return resolveNamed<EstimatorDefinition>('estimator', folders, name).build(options);
}

/** The shared parts with one line each, for an experiment's catalogue. */
export function sharedCatalogue(): Record<string, { name: string; description: string }[]> {
  return Object.fromEntries(Object.entries(FOLDERS).map(([kind, folder]) => [kind, describeAll(kind, [folder])]));
}
