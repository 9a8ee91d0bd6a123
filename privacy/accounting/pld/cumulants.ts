import type { Loss } from './loss';
import { NODES, WEIGHTS } from './quadrature';

/** Logarithm of the moment generating function of a loss, ln E[exp(θ·loss)], with its first two derivatives. */
export interface Cumulants {
  readonly logMoment: number;
  readonly mean: number;
  readonly variance: number;
}

/** A loss as weighted points that integrate exp(θ·loss) in all digits that matter. */
export class Moments {
  private readonly loss: Float64Array;
  private readonly logMass: Float64Array;

  constructor({ atoms, continuous }: Loss) {
    const points = atoms.map(({ loss, mass }) => ({ loss, logMass: Math.log(mass) }));
    if (continuous !== undefined) {
      const { from, to, cell } = continuous;
      const n = Math.ceil((to - from) / cell);
      const half = (to - from) / n / 2;
      for (let c = 0; c < n; c++)
        for (let node = 0; node < 3; node++) {
          const x = from + (2 * c + 1) * half + half * NODES[node]!;
          points.push({
            loss: continuous.loss(x),
            logMass: Math.log(WEIGHTS[node]! * half) + continuous.logDensity(x),
          });
        }
    }
    points.sort((a, b) => a.loss - b.loss);
    this.loss = Float64Array.from(points, ({ loss }) => loss);
    this.logMass = Float64Array.from(points, ({ logMass }) => logMass);
  }

  at(tilt: number): Cumulants {
    let largest = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < this.loss.length; i++) largest = Math.max(largest, this.logMass[i]! + tilt * this.loss[i]!);
    let [sum, first, second] = [0, 0, 0];
    for (let i = 0; i < this.loss.length; i++) {
      const weight = Math.exp(this.logMass[i]! + tilt * this.loss[i]! - largest);
      sum += weight;
      first += weight * this.loss[i]!;
    }
    const mean = first / sum;
    for (let i = 0; i < this.loss.length; i++)
      second += Math.exp(this.logMass[i]! + tilt * this.loss[i]! - largest) * (this.loss[i]! - mean) ** 2;
    return { logMoment: largest + Math.log(sum), mean, variance: second / sum };
  }

  /** Distance of the quartiles under the tilted measure: the width of what happens mostly, which rare losses do not change. */
  spread(tilt: number): number {
    const { logMoment } = this.at(tilt);
    let below = 0;
    let quartile = Number.NaN;
    for (let i = 0; i < this.loss.length; i++) {
      below += Math.exp(this.logMass[i]! + tilt * this.loss[i]! - logMoment);
      if (below >= 0.25 && Number.isNaN(quartile)) quartile = this.loss[i]!;
      if (below >= 0.75) return this.loss[i]! - quartile;
    }
    return 0;
  }
}

/** A loss that is suffered `steps` times. */
export interface Repeated {
  readonly moments: Moments;
  readonly steps: number;
}

/** Of the sum of independent losses. */
export function total(parts: readonly Repeated[], tilt: number): Cumulants {
  let [logMoment, mean, variance] = [0, 0, 0];
  for (const { moments, steps } of parts) {
    const at = moments.at(tilt);
    logMoment += steps * at.logMoment;
    mean += steps * at.mean;
    variance += steps * at.variance;
  }
  return { logMoment, mean, variance };
}

/** The root of an increasing function of a number above 0, to 1e-4 relative from above; `most` where it has none below. */
function rootOf(increasing: (x: number) => number, most = 1e9): number {
  let low = 1e-9;
  let high = Math.min(1, most);
  while (increasing(high) < 0) {
    if (high >= most) return most;
    low = high;
    high = Math.min(most, 4 * high);
  }
  while (high > low * (1 + 1e-4)) {
    const middle = Math.sqrt(low * high);
    if (increasing(middle) < 0) low = middle;
    else high = middle;
  }
  return high;
}

/** The θ that makes Chernoff's bound ε = (K(θ) − ln δ)/θ least: where θ·K′ − K = −ln δ. */
export function chernoffTilt(parts: readonly Repeated[], delta: number): number {
  return rootOf((tilt) => {
    const { logMoment, mean } = total(parts, tilt);
    return tilt * mean - logMoment + Math.log(delta);
  });
}

/** The θ ≥ 0 under which the mean of the sum is `mean`; 0 where it is more without a tilt. */
export function tiltOfMean(parts: readonly Repeated[], mean: number): number {
  if (total(parts, 0).mean >= mean) return 0;
  return rootOf((tilt) => total(parts, tilt).mean - mean, 1e7);
}

/** An end of a window and the θ of the Chernoff bound that gives it. */
export interface End {
  readonly at: number;
  readonly tilt: number;
}

/**
 * Ends between which the sum lies under the measure tilted by θ but for a probability of `missed` on each side (Chernoff).
 */
export function windowOf(parts: readonly Repeated[], tilt: number, missed: number): { low: End; high: End } {
  const { logMoment: here, variance } = total(parts, tilt);
  const steepest = (-60 * Math.log(missed)) / Math.sqrt(variance);
  const end = (sign: 1 | -1): End => {
    const by = rootOf((change) => {
      const { logMoment, mean } = total(parts, tilt + sign * change);
      return sign * change * mean - (logMoment - here) + Math.log(missed);
    }, steepest);
    const change = sign * by;
    return { at: (total(parts, tilt + change).logMoment - here - Math.log(missed)) / change, tilt: change };
  };
  return { low: end(-1), high: end(1) };
}
