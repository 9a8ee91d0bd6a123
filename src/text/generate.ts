import type { Model, Teacher } from '../core/types';
import { inference } from '../engine/inference';
import { argMax } from '../math/arg-max';
import type { Rng } from '../math/rng';

export interface GenerateOptions {
  /** [n · width]: what each sequence begins with, then anything. */
  readonly rows: Int32Array;
  readonly width: number;
  /** Tokens of each row that are given. */
  readonly prompt: number;
  readonly pad: number;
  readonly end: number;
  /** Divides the logits; 0 takes the most likely token. */
  readonly temperature: number;
  readonly rng: Rng;
}

/**
 * Goes on with sequences, a token at a time, drawn from a causal network's distribution, until their end or their
 * width; what follows the end is padding. Returns new rows [n · width].
 */
export function generate(network: Model | Teacher, options: GenerateOptions): Int32Array {
  const { width, prompt, pad, end, temperature, rng } = options;
  const rows = options.rows.slice();
  const [n, length] = [rows.length / width, width - 1];
  const infer = inference(network);
  const ended = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    rows.fill(pad, i * width + prompt, (i + 1) * width);
    if (rows.subarray(i * width, i * width + prompt).includes(end)) ended[i] = 1;
  }
  const x = new Float32Array(n * length);
  for (let at = prompt; at < width && ended.includes(0); at++) {
    for (let i = 0; i < n; i++) x.set(rows.subarray(i * width, i * width + length), i * length);
    const logits = infer(x, n * length);
    const draws = rng.split('token', at).uniform(n);
    for (let i = 0; i < n; i++) {
      if (ended[i] === 1) continue;
      const from = (i * length + at - 1) * network.classes;
      const token = sample(logits.subarray(from, from + network.classes), temperature, draws[i]!);
      rows[i * width + at] = token;
      if (token === end) ended[i] = 1;
    }
  }
  return rows;
}

/** The class whose share of the softmax, cumulated, reaches `draw` in [0, 1). */
function sample(logits: Float32Array, temperature: number, draw: number): number {
  const best = argMax(logits);
  if (temperature === 0) return best;
  const weights = Float64Array.from(logits, (z) => Math.exp((z - logits[best]!) / temperature));
  let left = draw * weights.reduce((sum, weight) => sum + weight, 0);
  for (let c = 0; c < weights.length; c++) {
    left -= weights[c]!;
    if (left < 0) return c;
  }
  return best;
}
