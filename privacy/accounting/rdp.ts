import { logBinomial } from '../../src/math/log-binomial';
import { logSum } from '../../src/math/log-sum';

/** A Gaussian mechanism of sensitivity 1 on a Poisson sample of the examples. */
export interface SampledGaussian {
  /** Standard deviation of the noise in units of the sensitivity. */
  readonly noiseMultiplier: number;
  /** Probability with which each example is taken, in (0, 1]. */
  readonly sampleRate: number;
}

/**
 * Rényi divergence of one release, of order α > 1, for neighbours that differ by one example (Mironov, Talwar and Zhang
 * 2019, arXiv:1908.10530): ln(A)/(α − 1), A = E[((1 − q) + q·exp((2x − 1)/(2σ²)))^α] under x ~ N(0, σ²). Exact for integer
 * and fractional orders: A − 1, not A, is computed, as a sum or an integral of positive terms, so that nothing cancels
 * where q is small and no sign is lost.
 */
export function rdpOf({ noiseMultiplier, sampleRate }: SampledGaussian, order: number): number {
  if (noiseMultiplier === 0) return Number.POSITIVE_INFINITY;
  if (sampleRate === 1) return order / (2 * noiseMultiplier ** 2);
  const excess = Number.isInteger(order)
    ? excessOfInteger(order, sampleRate, noiseMultiplier)
    : excessByIntegral(order, sampleRate, noiseMultiplier);
  return log1pOfExp(excess) / (order - 1);
}

/** ln(1 + eˣ). */
function log1pOfExp(x: number): number {
  return x > 36 ? x : Math.log1p(Math.exp(x));
}

/** ln(eˣ − 1) for x > 0. */
function logExpm1(x: number): number {
  return x > 36 ? x : Math.log(Math.expm1(x));
}

/**
 * ln(A − 1) = ln Σ_{k ≥ 2} C(α, k)·(1 − q)^(α − k)·q^k·(exp((k² − k)/(2σ²)) − 1): the binomial sum of A less the one of
 * (1 − q + q)^α = 1.
 */
function excessOfInteger(order: number, rate: number, noise: number): number {
  const terms = new Float64Array(order - 1);
  const taken = Math.log(rate);
  const left = Math.log1p(-rate);
  for (let k = 2; k <= order; k++)
    terms[k - 2] = logBinomial(order, k) + (order - k) * left + k * taken + logExpm1((k * k - k) / (2 * noise * noise));
  return logSum(terms);
}

/**
 * ln(A − 1) = ln E[(1 + u)^α − 1 − α·u], u = q·(exp((2x − 1)/(2σ²)) − 1), since E[u] = 0; the integrand is not negative. By
 * the trapezoidal rule, whose error falls exponentially with the step for a function as smooth as this one: the next
 * singularity is where 1 + u = 0, at an imaginary part of π·σ².
 */
function excessByIntegral(order: number, rate: number, noise: number): number {
  const variance = noise * noise;
  const step = Math.min(noise / 6, variance / 2);
  const from = -14 * noise;
  const count = Math.ceil((order + 28 * noise) / step) + 1;
  const terms = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const x = from + i * step;
    terms[i] = logConvexity(rate, (2 * x - 1) / (2 * variance), order) - (x * x) / (2 * variance);
  }
  return logSum(terms) + Math.log(step) - Math.log(noise) - 0.5 * Math.log(2 * Math.PI);
}

/** ln((1 + u)^α − 1 − α·u) for u = q·(eᶻ − 1), α > 1; it is ≥ 0 before the logarithm. */
function logConvexity(rate: number, z: number, order: number): number {
  if (z > 300) {
    // 1 + u is q·eᶻ in all digits, and the power outweighs the rest by far.
    return order * (Math.log(rate) + z);
  }
  const u = rate * Math.expm1(z);
  if (Math.abs(u) * order < 1e-2) {
    const a = order;
    const series = 1 + ((a - 2) / 3) * u * (1 + ((a - 3) / 4) * u * (1 + ((a - 4) / 5) * u * (1 + ((a - 5) / 6) * u)));
    return Math.log(a * (a - 1) * 0.5 * series * u * u);
  }
  const power = order * Math.log1p(u);
  if (power > 30) return power + Math.log1p(-(1 + order * u) * Math.exp(-power));
  return Math.log(Math.expm1(power) - order * u);
}
