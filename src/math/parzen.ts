import type { Stream } from './rng';

/** A mixture of equally heavy Gaussians cut off at 0 and 1, and of the uniform distribution. */
export interface Parzen {
  readonly centres: readonly number[];
  readonly widths: readonly number[];
}

/**
 * The estimator of Bergstra et al. (2011) for values in [0, 1]: a Gaussian on each, as wide as the greater distance to its
 * neighbours (the ends count as such), never narrower than 1/min(100, n + 2); the uniform prior weighs as much as one.
 */
export function parzen(values: readonly number[]): Parzen {
  const centres = [...values].sort((a, b) => a - b);
  const least = 1 / Math.min(100, centres.length + 2);
  const widths = centres.map((centre, i) => {
    const gap = Math.max(centre - (centres[i - 1] ?? 0), (centres[i + 1] ?? 1) - centre);
    return Math.min(1, Math.max(least, gap));
  });
  return { centres, widths };
}

/** Density at `x` in [0, 1]. */
export function parzenDensity({ centres, widths }: Parzen, x: number): number {
  let sum = 1;
  for (const [i, centre] of centres.entries()) {
    const width = widths[i]!;
    const inside = normalCdf((1 - centre) / width) - normalCdf(-centre / width);
    sum += Math.exp(-0.5 * ((x - centre) / width) ** 2) / (Math.sqrt(2 * Math.PI) * width * inside);
  }
  return sum / (centres.length + 1);
}

/** One draw. Rejection: at least a third of a Gaussian centred in [0, 1] and no wider than 1 lies inside. */
export function parzenDraw({ centres, widths }: Parzen, stream: Stream): number {
  const component = stream.integer(centres.length + 1);
  if (component === centres.length) return stream.uniform();
  for (;;) {
    const x = stream.normal(centres[component]!, widths[component]!);
    if (x >= 0 && x < 1) return x;
  }
}

/** Standard normal distribution function by formula 7.1.26 of Abramowitz & Stegun: within 1e-7. */
export function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const half = 0.5 * polynomial * Math.exp(-z * z);
  return x < 0 ? half : 1 - half;
}
