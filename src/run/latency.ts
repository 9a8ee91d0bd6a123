import * as tf from '@tensorflow/tfjs';
import type { Model } from '../core/types';

/** Milliseconds of one forward pass at batch 1, result read back, on the engine in use: median and 95th percentile. */
export function measureLatency(model: Model, { warmup = 50, repeats = 300 } = {}): { p50: number; p95: number } {
  const x = tf.zeros([1, ...model.inputShape]);
  const times: number[] = [];
  for (let i = 0; i < warmup + repeats; i++) {
    const start = performance.now();
    tf.tidy(() => model.forward({ x, size: 1 }, { training: false }).logits.dataSync());
    if (i >= warmup) times.push(performance.now() - start);
  }
  x.dispose();
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(repeats * 0.5)]!, p95: times[Math.floor(repeats * 0.95)]! };
}
