import * as tf from '@tensorflow/tfjs';
import type { Model } from '../core/types';
import type { Rng } from '../math/rng';
import type { Generator } from './generator';

export interface Coverage {
  /** Entropy of how often the teacher decides for each class, over log(classes): 1 all alike, 0 one class only. */
  readonly classEntropy: number;
  /** Mean probability of the class decided for. */
  readonly confidence: number;
  /** Mean over pixels of the standard deviation between images: 0 where all are the same. */
  readonly spread: number;
  /** Some of the images, bytes. */
  readonly images: readonly Uint8Array[];
}

/** Below this entropy or spread a generator is called collapsed. */
export const COLLAPSED = { classEntropy: 0.5, spread: 0.01 } as const;

/** What a generator's images are to the teacher, over `count` draws. */
export function coverage(
  generator: Generator,
  teacher: Model,
  { rng, count = 500, shown = 40 }: { rng: Rng; count?: number; shown?: number },
): Coverage {
  return tf.tidy(() => {
    const z = tf.tensor2d(rng.normal(count * generator.latent), [count, generator.latent]);
    const images = generator.draw(z, count);
    const x = tf.reshape(images, [count, ...teacher.inputShape]);
    const probabilities = tf.softmax(teacher.forward({ x, size: count }, { training: false }).logits);
    const shares = new Float64Array(teacher.classes);
    for (const decision of tf.argMax(probabilities, 1).dataSync()) shares[decision] = shares[decision]! + 1 / count;
    const { mean, variance } = tf.moments(images, 0);
    mean.dispose();
    const bytes = tf.cast(tf.round(tf.mul(tf.slice(images, 0, shown), 255)), 'int32').dataSync();
    const size = bytes.length / shown;
    return {
      // A share that is 1 but for rounding must not make it negative.
      classEntropy:
        Math.max(
          0,
          shares.reduce((sum, p) => sum - (p > 0 ? p * Math.log(p) : 0), 0),
        ) / Math.log(teacher.classes),
      confidence: tf.mean(tf.max(probabilities, 1)).dataSync()[0]!,
      spread: tf.mean(tf.sqrt(variance)).dataSync()[0]!,
      images: Array.from({ length: shown }, (_, i) => Uint8Array.from(bytes.subarray(i * size, (i + 1) * size))),
    };
  });
}
