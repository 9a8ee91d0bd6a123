export type Conversion = 'improved' | 'classic';

/**
 * ε ≥ 0 such that a mechanism of Rényi divergence `rdp` at `order` is (ε, δ)-private.
 * - improved: rdp + ln(1 − 1/α) − ln(δ·α)/(α − 1) (Canonne, Kamath and Steinke 2020, arXiv:2004.00010, Proposition 12; the
 *   same as Balle et al. 2020, arXiv:1905.09982, Theorem 21), and 0 where δ² > 1 − exp(−rdp).
 * - classic: rdp + ln(1/δ)/(α − 1) (Mironov 2017, arXiv:1702.07476, Proposition 3), 10 to 40 % larger.
 */
export function epsilonFromRdp(rdp: number, order: number, delta: number, conversion: Conversion): number {
  if (conversion === 'classic') return rdp - Math.log(delta) / (order - 1);
  if (delta * delta + Math.expm1(-rdp) > 0) return 0;
  return Math.max(0, rdp + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1));
}
