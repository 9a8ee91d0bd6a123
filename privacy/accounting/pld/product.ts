import { fourier, inverseFourier } from '../fourier';

/** Where a sum of losses lies: multiples of `step` from `first` on, `length` of them, a power of two. */
export interface Frame {
  readonly step: number;
  readonly first: number;
  readonly length: number;
  /** The θ < 0 and θ > 0 that Chernoff's bound is tight for at the ends. */
  readonly below: number;
  readonly above: number;
  /** Losses in the sum. */
  readonly steps: number;
}

/**
 * One loss in the tilted measure on a grid: the mass of index i is at i modulo the length, for i from `first` on. `upper`
 * has not less privacy loss than there is, `lower` not more.
 */
export interface Grids {
  readonly step: number;
  readonly first: number;
  readonly upper: Float64Array;
  readonly lower: Float64Array;
  /** Bound on the mass that is not where it belongs. */
  readonly misplaced: number;
}

/** A sum: as `Grids`, but the mass of index first + j is at j. */
export interface Composed {
  readonly step: number;
  readonly first: number;
  readonly upper: Float64Array;
  readonly lower: Float64Array;
  readonly misplaced: number;
}

/** Rounding of a transform and its power, for each factor. */
export const ROUNDING = 2e-15;

export function gridsOf(step: number, length: number, first: number, misplaced: number): Grids {
  return { step, first, misplaced, upper: new Float64Array(length), lower: new Float64Array(length) };
}

/**
 * The distribution of a sum of independent losses: a product of Fourier transforms. The two bounds are the parts of one
 * complex sequence. What falls outside the frame wraps round; Chernoff's bound for the losses as they are on the grid tells
 * how much that is at most.
 */
export class Product {
  private readonly re: readonly [Float64Array, Float64Array];
  private readonly im: readonly [Float64Array, Float64Array];
  private misplaced = 0;
  /** ln E[exp(θ·sum)] of both bounds at the frame's two θ. */
  private readonly logMoments = [
    [0, 0],
    [0, 0],
  ];

  constructor(private readonly frame: Frame) {
    const half = frame.length / 2 + 1;
    this.re = [new Float64Array(half).fill(1), new Float64Array(half).fill(1)];
    this.im = [new Float64Array(half), new Float64Array(half)];
  }

  /** Adds a loss `times` times. */
  multiply(grids: Grids, times: number): void {
    if (times === 0) return;
    const { length, below, above } = this.frame;
    this.misplaced += times * (grids.misplaced + ROUNDING);
    [grids.upper, grids.lower].forEach((mass, which) => {
      [below, above].forEach((tilt, side) => {
        this.logMoments[which]![side]! += times * logMoment(mass, grids, tilt);
      });
    });
    const [re, im] = [grids.upper.slice(), grids.lower.slice()];
    fourier({ re, im });
    for (let k = 0; k <= length / 2; k++) {
      const mirror = (length - k) % length;
      this.raise(0, k, (re[k]! + re[mirror]!) / 2, (im[k]! - im[mirror]!) / 2, times);
      this.raise(1, k, (im[k]! + im[mirror]!) / 2, (re[mirror]! - re[k]!) / 2, times);
    }
  }

  private raise(which: 0 | 1, k: number, x: number, y: number, power: number): void {
    const [re, im] = [this.re[which], this.im[which]];
    const size = Math.exp(0.5 * power * Math.log(x * x + y * y));
    const angle = power * Math.atan2(y, x);
    const a = size * Math.cos(angle);
    const b = size * Math.sin(angle);
    const real = re[k]! * a - im[k]! * b;
    im[k] = re[k]! * b + im[k]! * a;
    re[k] = real;
  }

  result(): Composed {
    const { step, first, length, below, above } = this.frame;
    const [re, im] = [new Float64Array(length), new Float64Array(length)];
    for (let k = 0; k <= length / 2; k++) {
      const mirror = (length - k) % length;
      re[k] = this.re[0][k]! - this.im[1][k]!;
      im[k] = this.im[0][k]! + this.re[1][k]!;
      if (mirror === k) continue;
      re[mirror] = this.re[0][k]! + this.im[1][k]!;
      im[mirror] = this.re[1][k]! - this.im[0][k]!;
    }
    inverseFourier({ re, im });
    const unwrapped = (mass: Float64Array) => mass.map((_, j) => mass[(first + j) & (length - 1)]!);
    const ends = [first * step, (first + length - 1) * step];
    const outside = this.logMoments.map((moments) =>
      [below, above].reduce((sum, tilt, side) => sum + Math.exp(moments[side]! - tilt * ends[side]!), 0),
    );
    return {
      step,
      first,
      upper: unwrapped(re),
      lower: unwrapped(im),
      misplaced: this.misplaced + Math.max(...outside),
    };
  }
}

/** ln Σ mass·exp(θ·loss) over a grid. */
function logMoment(mass: Float64Array, { step, first }: Grids, tilt: number): number {
  const wrap = mass.length - 1;
  const last = first + wrap;
  const top = tilt * step * (tilt > 0 ? last : first);
  // Ratios to the largest exponential, which falls by a constant factor from place to place.
  const factor = Math.exp(-Math.abs(tilt) * step);
  let sum = 0;
  let weight = 1;
  let shift = 0;
  for (let j = 0; j < mass.length; j++) {
    const i = tilt > 0 ? last - j : first + j;
    sum += mass[i & wrap]! * weight;
    weight *= factor;
    if (weight < 1e-200) {
      if (sum > 0) {
        // Everything below this adds nothing.
        if (sum > 1e-100) break;
      }
      sum *= 1e200;
      weight *= 1e200;
      shift -= 200 * Math.LN10;
    }
  }
  return top + shift + Math.log(sum);
}
