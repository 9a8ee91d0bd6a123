import { logUpperTail } from '../../src/math/gaussian-tail';
import { gnmaxRdp, gnmaxRdpIndependent, log1mExp } from './gnmax';

/** A test whether the highest count, with Gaussian noise of standard deviation `sigma`, reaches `threshold`. */
export interface ThresholdCheck {
  readonly threshold: number;
  readonly sigma: number;
}

/**
 * ln of the probability that the check passes. The count is rounded to the nearest integer, halves to even: Interactive-GNMax
 * compares differences that are no integers, and the analysis of sensitivity is over integers.
 */
export function logAnswered(highest: number, { threshold, sigma }: ThresholdCheck): number {
  return logUpperTail((threshold - roundHalfEven(highest)) / sigma);
}

/** Rényi divergence of the check whatever the votes: one teacher moves the highest count by one, α/(2σ²). */
export function thresholdRdpIndependent(sigma: number, order: number): number {
  return gnmaxRdpIndependent(Math.SQRT2 * sigma, order);
}

/** The same by the data-dependent Theorem 6, of the less likely of the two outcomes; private itself (see `gnmaxRdp`). */
export function thresholdRdp(logProbability: number, sigma: number, order: number): number {
  const logQ = Math.min(logProbability, log1mExp(logProbability));
  return gnmaxRdp(logQ, Math.SQRT2 * sigma, order);
}

function roundHalfEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
