import { gaussianEpsilon } from './analytic-gaussian';
import type { Mechanism } from './mechanism';

/**
 * μ of the central limit of Gaussian mechanisms on Poisson samples: √Σ T·q²·(exp(1/σ²) − 1) (Bu, Dong, Long and Su 2020,
 * arXiv:1911.11607). An approximation for many steps of little effect each: ε read from it is as often too small as not,
 * and no guarantee.
 */
export function centralLimitMu(mechanisms: readonly Mechanism[]): number {
  return Math.sqrt(
    mechanisms.reduce(
      (sum, { noiseMultiplier, sampleRate, steps }) =>
        sum + steps * sampleRate ** 2 * Math.expm1(noiseMultiplier ** -2),
      0,
    ),
  );
}

/** ε of μ-Gaussian differential privacy at δ. */
export function centralLimitEpsilon(mechanisms: readonly Mechanism[], delta: number): number {
  return gaussianEpsilon(1 / centralLimitMu(mechanisms), delta);
}
