import type { z } from 'zod';
import type { GradientEstimator } from './types';

/** What a file in an `estimators` folder exports by default. The file's name is the estimator's name. */
export interface EstimatorDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly options: S;
  build(options: z.output<S>): GradientEstimator;
}

/** Types a definition by its own options schema; nothing else. */
export function estimator<S extends z.ZodType>(definition: EstimatorDefinition<S>): EstimatorDefinition<S> {
  return definition;
}
