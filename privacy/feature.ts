import type { z } from 'zod';
import type { ImageDataset } from '../src/data/dataset';
import type { Rng } from '../src/math/rng';
import type { Release } from './accounting/accountant';

/** What features are computed from, and what may be known of it. */
export interface FeaturePlace {
  readonly dataset: ImageDataset;
  /** Numbers of the private training examples. */
  readonly indices: Int32Array;
  /** Standard normals for what is released of the private examples. */
  readonly normal: (count: number) => Float32Array;
  /** What `make` releases of the private examples: made once for a run, whatever the number of times it is begun. */
  released(make: () => Float32Array): Float32Array;
  readonly rng: Rng;
}

/** A data set whose images are features, and what was released of the private examples to make them. */
export interface Featured {
  readonly dataset: ImageDataset;
  readonly charges: readonly Release[];
}

/** What a file in privacy/features exports by default: numbers computed from images before a private training. */
export interface FeatureDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly options: S;
  build(options: z.output<S>, place: FeaturePlace): Featured;
}

/** Types a definition by its own options schema; nothing else. */
export function feature<S extends z.ZodType>(definition: FeatureDefinition<S>): FeatureDefinition<S> {
  return definition;
}

/** Numbers in [low, high] as bytes; what lies outside is cut off. */
export function quantised(values: ArrayLike<number>, [low, high]: readonly [number, number]): Uint8Array {
  return Uint8Array.from({ length: values.length }, (_, i) =>
    Math.round(255 * Math.min(1, Math.max(0, (values[i]! - low) / (high - low)))),
  );
}
