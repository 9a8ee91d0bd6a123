import * as tf from '@tensorflow/tfjs';
import type { Batch, Source } from '../core/types';
import type { Rng } from '../math/rng';
import { lent } from './lent';

export interface NoiseOptions {
  /** Shape of one example. */
  readonly shape: readonly number[];
  readonly distribution: 'normal' | 'uniform';
  readonly batchSize: number;
}

/** Endless random examples: standard normal, or uniform on [0, 1). Those of a step depend on the key and the step only. */
export function noise({ shape, distribution, batchSize }: NoiseOptions): Source {
  const size = shape.reduce((product, length) => product * length, batchSize);
  let step = 0;
  function* made(rng: Rng): Generator<Batch> {
    for (;;) {
      const key = rng.split('noise', step++);
      yield { x: tf.tensor(key[distribution](size), [batchSize, ...shape]), size: batchSize };
    }
  }
  return {
    sampling: { kind: 'stream' },
    inputShape: shape,
    augmented: true,
    batches: ({ rng }) => lent(made(rng)),
    save: () => ({ step }),
    load: (state) => {
      step = state.step as number;
    },
  };
}
