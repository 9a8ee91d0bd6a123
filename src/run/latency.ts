import type { Model } from '../core/types';
import { inference } from '../engine/inference';

/**
 * Milliseconds of one forward pass of `rows` examples, result read back, on the engine in use: median and 95th percentile.
 */
export function measureLatency(
  model: Model,
  { rows = 1, warmup = 50, repeats = 300 } = {},
): { p50: number; p95: number } {
  const infer = inference(model);
  const x = new Float32Array(model.inputShape.reduce((product, length) => product * length, rows));
  const times: number[] = [];
  for (let i = 0; i < warmup + repeats; i++) {
    const start = performance.now();
    infer(x, rows);
    if (i >= warmup) times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return { p50: times[Math.floor(repeats * 0.5)]!, p95: times[Math.floor(repeats * 0.95)]! };
}
