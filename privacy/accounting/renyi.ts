import { logBinomial } from '../../src/math/log-binomial';
import { logSum } from '../../src/math/log-sum';
import { type Conversion, epsilonFromRdp } from './conversion';
import type { FixedSizeGaussian, Release } from './mechanism';
import { rdpOf } from './rdp';

/** Rényi orders among which the best is taken: fractional ones to 11, all integers to 63, then powers of two. */
export const ORDERS: readonly number[] = [
  ...Array.from({ length: 99 }, (_, i) => (11 + i) / 10),
  ...Array.from({ length: 53 }, (_, i) => 11 + i),
  ...[128, 256, 512, 1024, 2048, 4096],
];

const curves = new Map<string, readonly number[]>();
const KEPT_CURVES = 256;

/** Rényi divergence of one release at every order of ORDERS; the latest ones are remembered. */
export function renyiCurve(mechanism: Release): readonly number[] {
  const { steps: _, ...one } = mechanism;
  const key = JSON.stringify(one, Object.keys(one).sort());
  let curve = curves.get(key);
  if (curve === undefined) {
    curve = curveOf(mechanism);
    if (curves.size >= KEPT_CURVES) curves.delete(curves.keys().next().value!);
    curves.set(key, curve);
  }
  return curve;
}

function curveOf(mechanism: Release): readonly number[] {
  if (mechanism.kind === 'gaussian-without-replacement')
    return ORDERS.map((order) => withoutReplacement(mechanism, order));
  if (mechanism.kind === 'laplace')
    return ORDERS.map((order) =>
      sampled(mechanism.sampleRate, order, (k) => laplaceDivergence(mechanism.noiseMultiplier, k)),
    );
  if (mechanism.kind !== 'randomized-response') return ORDERS.map((order) => rdpOf(mechanism, order));
  const { truth, categories } = mechanism;
  const other = (1 - truth) / (categories - 1);
  const odds = Math.log(truth / other);
  return ORDERS.map(
    (order) =>
      logSum([
        Math.log(truth) + (order - 1) * odds,
        Math.log(other) - (order - 1) * odds,
        ...(categories > 2 ? [Math.log(other * (categories - 2))] : []),
      ]) /
      (order - 1),
  );
}

/** Divergence of Laplace noise of scale b for sensitivity 1, of order α > 1 (Mironov 2017, arXiv:1702.07476, Table II). */
function laplaceDivergence(scale: number, order: number): number {
  const up = Math.log(order / (2 * order - 1)) + (order - 1) / scale;
  const down = Math.log((order - 1) / (2 * order - 1)) - order / scale;
  return logSum([up, down]) / (order - 1);
}

/**
 * Divergence on Poisson samples of a mechanism whose two distributions a reflection exchanges: the binomial sum of those at
 * whole orders, exact for an example removed, which is the worse direction (Zhu and Wang 2019, Theorem 6; Mironov, Talwar
 * and Zhang 2019, arXiv:1908.10530, Theorem 5); ∞ at orders that are not whole.
 */
function sampled(rate: number, order: number, divergence: (order: number) => number): number {
  if (rate === 1) return divergence(order);
  if (!Number.isInteger(order)) return Number.POSITIVE_INFINITY;
  const terms = Float64Array.from({ length: order - 1 }, (_, i) => {
    const k = i + 2;
    const chosen = logBinomial(order, k) + k * Math.log(rate) + (order - k) * Math.log1p(-rate);
    return chosen + logExpm1((k - 1) * divergence(k));
  });
  const excess = logSum(terms);
  return (excess > 36 ? excess : Math.log1p(Math.exp(excess))) / (order - 1);
}

/** The ε that holds at δ = 0, the divergence of order ∞; ∞ of Gaussian noise. */
function pureEpsilon(mechanism: Release): number {
  if (mechanism.kind === 'laplace') return Math.log1p(mechanism.sampleRate * Math.expm1(1 / mechanism.noiseMultiplier));
  if (mechanism.kind === 'randomized-response')
    return Math.log((mechanism.truth * (mechanism.categories - 1)) / (1 - mechanism.truth));
  return Number.POSITIVE_INFINITY;
}

/**
 * A bound on the divergence of Gaussian noise on samples without replacement, for one example replaced (Wang, Balle and
 * Kasiviswanathan 2019, arXiv:1808.00087, Theorem 9, with ε(∞) = ∞); ∞ at orders that are not whole. A replaced example
 * moves the sum by 2: the divergence without sampling is α·2²/(2σ²).
 */
export function withoutReplacement(
  { noiseMultiplier, sampleRate }: Pick<FixedSizeGaussian, 'noiseMultiplier' | 'sampleRate'>,
  order: number,
): number {
  const divergence = (j: number) => (2 * j) / noiseMultiplier ** 2;
  if (sampleRate === 1) return divergence(order);
  if (!Number.isInteger(order)) return Number.POSITIVE_INFINITY;
  const taken = Math.log(sampleRate);
  const terms = new Float64Array(order);
  terms[1] =
    2 * taken + logBinomial(order, 2) + Math.min(Math.log(4) + logExpm1(divergence(2)), Math.log(2) + divergence(2));
  for (let j = 3; j <= order; j++)
    terms[j - 1] = j * taken + logBinomial(order, j) + (j - 1) * divergence(j) + Math.log(2);
  return Math.min(logSum(terms) / (order - 1), divergence(order));
}

function logExpm1(x: number): number {
  return x > 36 ? x : Math.log(Math.expm1(x));
}

/**
 * The ε that releases come to at δ, at the best order: divergences add up at each. Without an order where none is better
 * than the ε at δ = 0. Infinite where every one is.
 */
export function renyiEpsilon(
  releases: readonly Release[],
  delta: number,
  conversion: Conversion,
): { epsilon: number; order?: number } {
  let best: { epsilon: number; order?: number } = {
    epsilon: releases.reduce((sum, mechanism) => sum + mechanism.steps * pureEpsilon(mechanism), 0),
  };
  const parts = releases.map((mechanism) => ({ steps: mechanism.steps, curve: renyiCurve(mechanism) }));
  ORDERS.forEach((order, i) => {
    const rdp = parts.reduce((sum, { steps, curve }) => sum + steps * curve[i]!, 0);
    const epsilon = epsilonFromRdp(rdp, order, delta, conversion);
    if (epsilon < best.epsilon) best = { epsilon, order };
  });
  return best;
}
