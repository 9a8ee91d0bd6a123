import { logUpperTail } from '../../src/math/gaussian-tail';

/**
 * δ of the Gaussian mechanism of sensitivity 1 at ε, exactly: Φ(1/(2σ) − εσ) − e^ε·Φ(−1/(2σ) − εσ) (Balle and Wang 2018,
 * arXiv:1805.06530, Theorem 8); with μ = 1/σ it is that of μ-Gaussian differential privacy.
 */
export function gaussianDelta(noise: number, epsilon: number): number {
  const above = logUpperTail(epsilon * noise - 1 / (2 * noise));
  const below = epsilon + logUpperTail(epsilon * noise + 1 / (2 * noise));
  return -Math.exp(above) * Math.expm1(below - above);
}

/** The least ε ≥ 0 of the Gaussian mechanism at δ, to 1e-15 relative. */
export function gaussianEpsilon(noise: number, delta: number): number {
  if (gaussianDelta(noise, 0) <= delta) return 0;
  return crossing((epsilon) => gaussianDelta(noise, epsilon) <= delta);
}

/** The least noise multiplier with which the Gaussian mechanism keeps to ε at δ, to 1e-15 relative. */
export function gaussianNoise(epsilon: number, delta: number): number {
  return crossing((noise) => gaussianDelta(noise, epsilon) <= delta);
}

/** The noise multiplier of the one Gaussian mechanism that is worth several: squared means over deviations add up. */
export function composedNoise(parts: readonly { readonly noiseMultiplier: number; readonly steps: number }[]): number {
  return 1 / Math.sqrt(parts.reduce((sum, { noiseMultiplier, steps }) => sum + steps / noiseMultiplier ** 2, 0));
}

/** The least x > 0 from which on a condition holds. */
function crossing(holds: (x: number) => boolean): number {
  let [low, high] = [0, 1];
  while (!holds(high)) {
    low = high;
    high *= 2;
  }
  for (let i = 0; i < 200 && high - low > 1e-16 * high; i++) {
    const middle = (low + high) / 2;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}
