import type { z } from 'zod';
import type { Rng } from '../math/rng';
import type { Model } from './types';

/** Where a model is put: its name in the run, the shape of one example, its number of logits, its random key. */
export interface ModelPlace {
  readonly id: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly rng: Rng;
  /** Where examples are of text. */
  readonly tokens?: { readonly vocabulary: number; readonly length: number; readonly pad: number };
}

/** What a file in a `models` folder exports by default. The file's name is the model's name. */
export interface ModelDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  /** 'flat' where one example must be a vector, 'image' where it must be [h,w,c], 'tokens' where it is token numbers. */
  readonly input: 'flat' | 'image' | 'tokens';
  readonly options: S;
  build(options: z.output<S>, place: ModelPlace): Model;
}

/** Types a definition by its own options schema; nothing else. */
export function model<S extends z.ZodType>(definition: ModelDefinition<S>): ModelDefinition<S> {
  return definition;
}
