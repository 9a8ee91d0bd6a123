/** Beyond this a continued fraction is used, below it a series of positive terms. */
const FAR = 2.8;

/** ln P(Z > z) of a standard normal Z, to about 1e-14 relative of the probability, for any finite z; −∞ for z = ∞. */
export function logUpperTail(z: number): number {
  if (z === Number.POSITIVE_INFINITY) return Number.NEGATIVE_INFINITY;
  if (z < 0) return Math.log1p(-Math.exp(logUpperTail(-z)));
  if (z < FAR) return Math.log(0.5 - centre(z));
  return Math.log(mills(z)) - 0.5 * z * z - 0.5 * Math.log(2 * Math.PI);
}

/** z with ln P(Z > z) = logProbability ≤ 0, by Newton's method on the logarithm; −∞ for probability 1. */
export function upperTailQuantile(logProbability: number): number {
  if (!(logProbability <= 0))
    throw new RangeError(`the logarithm of a probability is at most 0, found ${logProbability}`);
  if (logProbability === 0) return Number.NEGATIVE_INFINITY;
  if (logProbability === Number.NEGATIVE_INFINITY) return Number.POSITIVE_INFINITY;
  // In the lower half the logarithm of the tail is flat: the other side is solved.
  if (logProbability > Math.log(0.5)) return -upperTailQuantile(Math.log(-Math.expm1(logProbability)));
  let z = Math.sqrt(Math.max(0, -2 * (logProbability + Math.LN2)));
  for (let i = 0; i < 60; i++) {
    const tail = logUpperTail(z);
    const hazard = Math.exp(-0.5 * z * z - 0.5 * Math.log(2 * Math.PI) - tail);
    const change = (tail - logProbability) / hazard;
    z += change;
    if (Math.abs(change) <= 1e-15 * Math.max(1, z)) break;
  }
  return z;
}

/** P(0 < Z < z): φ(z)·Σ z^(2k+1) / (2k+1)!! (Abramowitz and Stegun, 26.2.11). */
function centre(z: number): number {
  let term = z;
  let sum = z;
  for (let k = 1; term > sum * 1e-18; k++) {
    term *= (z * z) / (2 * k + 1);
    sum += term;
  }
  return (sum * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
}

/** P(Z > z)/φ(z) by the continued fraction 1/(z + 1/(z + 2/(z + 3/(z + …)))) (26.2.14), evaluated from far below. */
function mills(z: number): number {
  let fraction = z;
  for (let k = Math.ceil(30 + 1200 / (z * z)); k >= 1; k--) fraction = z + k / fraction;
  return 1 / fraction;
}
