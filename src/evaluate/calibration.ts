import type { Interval } from '../core/results';
import type { Rng } from '../math/rng';
import { bootstrap, wilson } from '../math/statistics';
import type { Predictions } from './classification';

/** Confidence bins of one width, as in Guo et al. 2017. */
const BINS = 15;
/** A reliability diagram has fewer, so that each holds enough. */
const SHOWN = 5;

/** Of every example the probability of the class decided for, and whether it was right. */
function confidences({ logits, labels, classes }: Predictions): { confidence: Float64Array; right: Uint8Array } {
  const confidence = new Float64Array(labels.length);
  const right = new Uint8Array(labels.length);
  for (let i = 0; i < labels.length; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    const best = row.reduce((found, value, c) => (value > row[found]! ? c : found), 0);
    confidence[i] = 1 / row.reduce((sum, value) => sum + Math.exp(value - row[best]!), 0);
    right[i] = best === labels[i] ? 1 : 0;
  }
  return { confidence, right };
}

/**
 * Expected calibration error, Guo, Pleiss, Sun, Weinberger 2017 (arXiv:1706.04599), eq. 3: Σ_bins (n_b/n)·|accuracy −
 * confidence| over 15 bins of equal width, with a bootstrap interval. It is biased upwards where bins hold few examples.
 */
export function calibrationError(predictions: Predictions, rng: Rng): Interval {
  const { confidence, right } = confidences(predictions);
  const gaps = Array.from(confidence, (value, i) => right[i]! - value);
  const bins = Array.from(confidence, (value) => Math.min(BINS - 1, Math.floor(value * BINS)));
  const statistic = (examples: ArrayLike<number>) => {
    const sums = new Float64Array(BINS);
    for (let k = 0; k < examples.length; k++) sums[bins[examples[k]!]!]! += gaps[examples[k]!]!;
    return sums.reduce((sum, gap) => sum + Math.abs(gap), 0) / examples.length;
  };
  const all = Int32Array.from(gaps, (_, i) => i);
  return bootstrap(all, rng, { statistic, resamples: 500 });
}

/** Accuracy of the examples whose confidence lies in each of five equal bins from 0 to 1; undefined where there are none. */
export function reliability(predictions: Predictions): { label: string; accuracy: Interval | undefined }[] {
  const { confidence, right } = confidences(predictions);
  return Array.from({ length: SHOWN }, (_, bin) => {
    let [count, hits] = [0, 0];
    confidence.forEach((value, i) => {
      if (Math.min(SHOWN - 1, Math.floor(value * SHOWN)) !== bin) return;
      count++;
      hits += right[i]!;
    });
    const label = `confidence ${(bin / SHOWN).toFixed(1)} to ${((bin + 1) / SHOWN).toFixed(1)}`;
    return { label, accuracy: count === 0 ? undefined : wilson(hits, count) };
  });
}
