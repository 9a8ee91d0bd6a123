import { logBinomial } from '../../src/math/log-binomial';
import { logSum } from '../../src/math/log-sum';
import { type Conversion, epsilonFromRdp } from './conversion';
import type { FixedSizeGaussian, Release } from './mechanism';
import { Moments } from './pld/cumulants';
import { lossesOf } from './pld/losses';
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
  if (mechanism.kind === undefined || mechanism.kind === 'gaussian')
    return ORDERS.map((order) => rdpOf(mechanism, order));
  if (mechanism.kind === 'gaussian-without-replacement')
    return ORDERS.map((order) => withoutReplacement(mechanism, order));
  // ln E[exp((α − 1)·loss)] under P, the worse of both directions.
  const moments = lossesOf(mechanism, { missing: 0 }).map((loss) => new Moments(loss));
  return ORDERS.map((order) => Math.max(...moments.map((each) => each.at(order - 1).logMoment)) / (order - 1));
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

/** The ε that releases come to at δ, at the best order: divergences add up at each. Infinite where every one is. */
export function renyiEpsilon(
  releases: readonly Release[],
  delta: number,
  conversion: Conversion,
): { epsilon: number; order: number } {
  let best = { epsilon: Number.POSITIVE_INFINITY, order: Number.NaN };
  const parts = releases.map((mechanism) => ({ steps: mechanism.steps, curve: renyiCurve(mechanism) }));
  ORDERS.forEach((order, i) => {
    const rdp = parts.reduce((sum, { steps, curve }) => sum + steps * curve[i]!, 0);
    const epsilon = epsilonFromRdp(rdp, order, delta, conversion);
    if (epsilon < best.epsilon) best = { epsilon, order };
  });
  return best;
}
