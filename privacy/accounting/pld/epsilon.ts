import type { Release } from '../mechanism';
import { compose, MISSED, type Part, type Precision } from './compose';
import { chernoffTilt, Moments, tiltOfMean, total } from './cumulants';
import { lossesOf } from './losses';
import { type Composed, ROUNDING } from './product';

/** Bounds between which the least ε lies that holds at δ. */
export interface Bounds {
  readonly lower: number;
  readonly upper: number;
}

const ROUGH: Precision = { variance: 1e-3, longest: 14 };
const FINE: Precision = { variance: 1e-6, longest: 18 };
const FINEST: Precision = { variance: 1e-6, longest: 20 };
/** Bounds further apart than this, relative, are narrowed once more, on a longer grid. */
const WIDE = 1e-3;

/**
 * Bounds on the ε ≥ 0 that releases come to at δ, by their privacy losses: those of an example removed and those of one
 * added compose apart, and the worse counts. Throws KdlabError for a mechanism without known losses.
 */
export function pldEpsilon(releases: readonly Release[], delta: number): Bounds {
  const suffered = releases.reduce((sum, { steps }) => sum + steps, 0);
  const parts = releases.map((release) => {
    const losses = lossesOf(release, { missing: (1e-12 * delta) / suffered });
    return losses.map((loss): Part => ({ loss, moments: new Moments(loss), steps: release.steps }));
  });
  const [first, second] = [0, 1]
    .map(
      (direction) =>
        new Direction(
          parts.map((both) => both[direction]!),
          delta,
        ),
    )
    .sort((a, b) => b.rough.upper - a.rough.upper);
  const worse = first!.refined();
  const other = second!.rough.upper <= worse.lower ? second!.rough : second!.refined();
  return { upper: Math.max(worse.upper, other.upper), lower: Math.max(worse.lower, other.lower) };
}

/** One direction of neighbours: a rough pass finds where ε lies, for fine ones whose grids are laid there. */
class Direction {
  readonly rough: Bounds;
  private readonly steepest: number;

  constructor(
    private readonly parts: readonly Part[],
    private readonly delta: number,
  ) {
    this.steepest = chernoffTilt(parts, delta);
    const chernoff = (total(parts, this.steepest).logMoment - Math.log(delta)) / this.steepest;
    const first = this.pass(chernoff, ROUGH);
    this.rough = isWide(first) ? this.pass(first.upper, ROUGH) : first;
  }

  refined(): Bounds {
    if (this.rough.upper === 0) return this.rough;
    const fine = this.pass(this.rough.upper, FINE);
    return isWide(fine) && fine.upper > 0 ? this.pass(fine.upper, FINEST) : fine;
  }

  private pass(epsilon: number, precision: Precision): Bounds {
    const { parts, delta } = this;
    const tilt = tiltFor(parts, this.steepest, epsilon, delta);
    const composed = compose(parts, tilt, precision);
    const { logMoment } = total(parts, tilt);
    const { upper, lower, misplaced } = composed;
    const beyond = parts.reduce((sum, { loss, steps }) => sum + 2 * steps * loss.beyond, 0);
    return {
      upper: crossing(composed, upper, tilt, logMoment, delta - beyond, misplaced),
      lower: crossing(composed, lower, tilt, logMoment, delta, -misplaced),
    };
  }
}

function isWide({ lower, upper }: Bounds): boolean {
  return upper - lower > WIDE * upper;
}

/**
 * The least of some tilts under which δ weighs enough for misplaced mass not to count: rare great losses, which make the
 * grid long, are rarer the less the tilt. What is read at ε is δ·exp(θε − K(θ)).
 */
function tiltFor(parts: readonly Part[], steepest: number, epsilon: number, delta: number): number {
  const most = Math.min(steepest, Math.max(tiltOfMean(parts, epsilon), 1e-9));
  const steps = parts.reduce((sum, part) => sum + part.steps, 0);
  const enough = Math.log(1e5 * (10 * MISSED + 2 * ROUNDING * steps));
  for (let share = 0; share < 1; share += 0.125) {
    const { logMoment } = total(parts, share * most);
    if (Math.log(delta) + share * most * epsilon - logMoment > enough) return share * most;
  }
  return most;
}

/**
 * The ε ≥ 0 at which δ(ε) = Σ_{loss > ε} (1 − e^(ε − loss))·P(loss), and `misplaced` tilted mass at its worst, come to
 * `delta`. From the top down; in the tilted measure P = mass·exp(K − θ·loss). Below the grid the search ends: at its foot
 * for a bound from above, at 0 for one from below.
 */
function crossing(
  { step, first }: Composed,
  mass: Float64Array,
  tilt: number,
  logMoment: number,
  delta: number,
  misplaced: number,
): number {
  const origin = (first + mass.length / 2) * step;
  const target = Math.log(delta) - logMoment + tilt * origin;
  let p = 0;
  let q = 0;
  const excess = (loss: number) =>
    p - q * Math.exp(loss - origin) + misplaced * Math.exp(-tilt * (loss - origin)) - Math.exp(target);
  for (let j = mass.length - 1; j >= 0; j--) {
    const loss = (first + j) * step;
    if (loss < 0 || excess(loss) >= 0) {
      let low = Math.max(0, loss);
      if (excess(low) < 0) return 0;
      let high = loss + step;
      for (let i = 0; i < 60; i++) {
        const middle = (low + high) / 2;
        if (excess(middle) >= 0) low = middle;
        else high = middle;
      }
      return misplaced > 0 ? high : low;
    }
    p += mass[j]! * Math.exp(-tilt * (loss - origin));
    q += mass[j]! * Math.exp(-(tilt + 1) * (loss - origin));
  }
  return misplaced > 0 ? Math.max(0, first * step) : 0;
}
