import { KdlabError } from '../../src/core/errors';
import { logUpperTail } from '../../src/math/gaussian-tail';

/** Networks trained as the attacked one is, each on a random half of a pool that holds its members and others. */
export interface Shadows {
  /** Logit-scaled confidence of every shadow network on every example of the pool: one array a network. */
  readonly confidences: readonly Float64Array[];
  /** 1 where the example was among that network's training examples. */
  readonly inside: readonly Uint8Array[];
}

export interface LiraOptions {
  /** online: what networks with and without the example say; offline: only those without. */
  readonly mode: 'online' | 'offline';
  /** One variance for all examples, or each its own; default: one for all below 16 networks a side (the paper: for few). */
  readonly variance?: 'global' | 'example';
}

const OWN_VARIANCE_FROM = 16;
const LEAST_DEVIATION = 1e-6;

interface Fit {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

/**
 * Likelihood ratio attack (Carlini et al. 2022, arXiv:2112.03570, algorithm 1): for each example, a normal fitted to the
 * confidences of shadow networks that had it and of those that had not; the score of the attacked network's confidence is the
 * log-likelihood ratio (online), or how improbable so high a confidence is without the example, −log P(Z ≥ φ) (offline).
 * Higher: likelier a member. Throws KdlabError where some example has fewer than two networks on a side that is needed.
 */
export function liraScores(target: Float64Array, shadows: Shadows, { mode, variance }: LiraOptions): Float64Array {
  const out = fit(target.length, shadows, 0, variance);
  if (mode === 'offline')
    return target.map((confidence, i) => -logUpperTail((confidence - out.mean[i]!) / out.deviation[i]!));
  const into = fit(target.length, shadows, 1, variance);
  const logDensity = (x: number, { mean, deviation }: Fit, i: number) =>
    -0.5 * ((x - mean[i]!) / deviation[i]!) ** 2 - Math.log(deviation[i]!);
  return target.map((confidence, i) => logDensity(confidence, into, i) - logDensity(confidence, out, i));
}

function fit(count: number, { confidences, inside }: Shadows, side: 0 | 1, variance: LiraOptions['variance']): Fit {
  const mean = new Float64Array(count);
  const squares = new Float64Array(count);
  const networks = new Float64Array(count);
  confidences.forEach((row, s) => {
    for (let i = 0; i < count; i++)
      if (inside[s]![i] === side) {
        networks[i]!++;
        mean[i]! += row[i]!;
      }
  });
  const fewest = networks.reduce((least, n) => Math.min(least, n), Number.POSITIVE_INFINITY);
  if (!(fewest >= 2))
    throw new KdlabError(
      `LiRA: some example has ${fewest} shadow networks that were trained ${side === 1 ? 'with' : 'without'} it, expected at ` +
        'least 2; train more of them',
    );
  for (let i = 0; i < count; i++) mean[i]! /= networks[i]!;
  confidences.forEach((row, s) => {
    for (let i = 0; i < count; i++) if (inside[s]![i] === side) squares[i]! += (row[i]! - mean[i]!) ** 2;
  });
  const free = networks.map((n) => n - 1);
  const shared = (variance ?? (fewest < OWN_VARIANCE_FROM ? 'global' : 'example')) === 'global';
  const pooled = Math.sqrt(squares.reduce((a, b) => a + b, 0) / free.reduce((a, b) => a + b, 0));
  const deviation = squares.map((square, i) =>
    Math.max(LEAST_DEVIATION, shared ? pooled : Math.sqrt(square / free[i]!)),
  );
  return { mean, deviation };
}
