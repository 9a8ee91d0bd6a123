import type { z } from 'zod';
import type { Optimizer } from './types';

/** What a file in an `optimizers` folder exports by default. The file's name is the optimizer's name. */
export interface OptimizerDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly options: S;
  build(options: z.output<S>): Omit<Optimizer, 'name'>;
}

/** Types a definition by its own options schema; nothing else. */
export function optimizer<S extends z.ZodType>(definition: OptimizerDefinition<S>): OptimizerDefinition<S> {
  return definition;
}
