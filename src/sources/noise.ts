import * as tf from '@tensorflow/tfjs';
import type { Batch, Source, SourceContext } from '../core/types';

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
  async function* batches({ rng }: Pick<SourceContext, 'rng'>): AsyncGenerator<Batch> {
    for (;;) {
      const key = rng.split('noise', step++);
      const x = tf.tensor(key[distribution](size), [batchSize, ...shape]);
      try {
        yield { x, size: batchSize };
      } finally {
        x.dispose();
      }
    }
  }
  return {
    sampling: { kind: 'stream' },
    inputShape: shape,
    augmented: true,
    batches,
    save: () => ({ step }),
    load: (state) => {
      step = state.step as number;
    },
  };
}
