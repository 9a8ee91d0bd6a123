import { KdlabError } from '../../src/core/errors';
import { logUpperTail, upperTailQuantile } from '../../src/math/gaussian-tail';
import { gnmaxBound, gnmaxLogQ, gnmaxRdpIndependent, type Votes } from './gnmax';
import { logAnswered, type ThresholdCheck, thresholdRdp } from './threshold';

/**
 * How far the data-dependent divergence of an answer can move when one teacher changes its vote, after `d` teachers have
 * changed theirs, for d = 0 … teachers − 1: upper bounds.
 */
export type SensitivityByDistance = Float64Array;

/** GNMax at one σ, order and number of classes: what its sensitivity is made of. */
interface Curve {
  readonly sigma: number;
  readonly order: number;
  readonly classes: number;
  /** ln q above which the data-independent bound is the smaller one. */
  readonly logQ0: number;
  /** The least ln q from which one teacher can reach `logQ0`. */
  readonly logQ1: number;
}

/**
 * Bounds for GNMax (Papernot et al. 2018, Algorithms 3 to 5): from `votes`, teachers move one by one towards the q of greatest
 * sensitivity, from where on the bound stays. Throws KdlabError where the votes are no whole numbers.
 */
export function gnmaxSensitivity(votes: Votes, sigma: number, order: number): SensitivityByDistance {
  const sorted = Array.from(votes).sort((a, b) => b - a);
  if (sorted.some((count) => !Number.isInteger(count) || count < 0))
    throw new KdlabError(`smooth sensitivity of GNMax: votes are counts of teachers, found ${sorted.join(', ')}`);
  const teachers = sorted.reduce((sum, count) => sum + count, 0);
  const curve = curveOf(sigma, order, sorted.length);
  const bounds = new Float64Array(teachers).fill(localSensitivity(curve.logQ1, curve));
  let logQ = gnmaxLogQ(sorted, sigma);
  if (teachers === 0 || (curve.logQ1 <= logQ && logQ <= curve.logQ0)) return bounds;
  bounds[0] = localSensitivity(logQ, curve);
  const uncertain = logQ > curve.logQ0;
  for (let distance = 1; distance < teachers; distance++) {
    if (uncertain ? logQ <= curve.logQ0 || sorted[1]! === 0 : logQ >= curve.logQ1) break;
    sorted[0]! += uncertain ? 1 : -1;
    sorted[1]! -= uncertain ? 1 : -1;
    // The counts stay in order: the one that was lowered sinks among its equals.
    for (let i = 1; i + 1 < sorted.length && sorted[i]! < sorted[i + 1]!; i++)
      [sorted[i], sorted[i + 1]] = [sorted[i + 1]!, sorted[i]!];
    logQ = gnmaxLogQ(sorted, sigma);
    bounds[distance] = localSensitivity(logQ, curve);
  }
  return bounds;
}

/** Bounds for the check of the highest count, for `teachers` teachers: the highest count moves by one a teacher. */
export function thresholdSensitivity(
  highest: number,
  teachers: number,
  check: ThresholdCheck,
  order: number,
): SensitivityByDistance {
  const rdp = Float64Array.from({ length: teachers + 1 }, (_, count) =>
    thresholdRdp(logAnswered(count, check), check.sigma, order),
  );
  const step = (count: number): number =>
    count < 0 || count > teachers
      ? 0
      : Math.max(
          count > 0 ? Math.abs(rdp[count - 1]! - rdp[count]!) : 0,
          count < teachers ? Math.abs(rdp[count + 1]! - rdp[count]!) : 0,
        );
  const at = Math.round(highest);
  return Float64Array.from({ length: teachers }, (_, d) => Math.max(step(at + d), step(at - d)));
}

/** max over d of e^(−β·d)·bound(d) (Nissim, Raskhodnikova and Smith 2007): a β-smooth bound of the sensitivity. */
export function smoothed(bounds: SensitivityByDistance, beta: number): number {
  return bounds.reduce((most, bound, distance) => Math.max(most, bound * Math.exp(-beta * distance)), 0);
}

/**
 * Rényi divergence of order α of publishing a value with Gaussian noise of standard deviation σ times its β-smooth sensitivity:
 * α·e^(2β)/σ² + (β·α − ½·ln(1 − 2αβ))/(α − 1) (Theorem 23). Throws KdlabError unless 1 < α < 1/(2β).
 */
export function smoothReleaseRdp({ beta, sigma }: { beta: number; sigma: number }, order: number): number {
  if (!(order > 1 && 2 * beta * order < 1))
    throw new KdlabError(
      `smooth sensitivity: order ${order} with beta ${beta}: expected 1 < order < 1/(2·beta) = ${1 / (2 * beta)}`,
    );
  return (order * Math.exp(2 * beta)) / sigma ** 2 + (beta * order - 0.5 * Math.log1p(-2 * order * beta)) / (order - 1);
}

const curves = new Map<string, Curve>();

function curveOf(sigma: number, order: number, classes: number): Curve {
  const key = `${sigma}/${order}/${classes}`;
  let curve = curves.get(key);
  if (curve === undefined) {
    const logQ0 = crossing(sigma, order);
    curve = { sigma, order, classes, logQ0, logQ1: afterOneVote(logQ0, { sigma, classes }, 1) };
    curves.set(key, curve);
  }
  return curve;
}

/** ln q at which the data-dependent bound crosses the data-independent one, by bisection below where it must hold. */
function crossing(sigma: number, order: number): number {
  const excess = (logQ: number) => gnmaxBound(logQ, sigma, order) - gnmaxRdpIndependent(sigma, order);
  let high = Math.min(-((1 + 1 / sigma) ** 2), -(((order - 0.99) / sigma) ** 2), -1 / sigma ** 2);
  if (excess(high) < 0) return high;
  let low = 2 * high;
  while (excess(low) > 0) {
    if (low < -1e4)
      throw new KdlabError(
        `GNMax with sigma ${sigma} at order ${order}: no vote is certain enough for a data-dependent bound`,
      );
    low *= 1.5;
  }
  while (high - low > 1e-14 * -low) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) break;
    if (excess(middle) > 0) high = middle;
    else low = middle;
  }
  return low;
}

/** ln q after one vote has moved: the least possible (direction 1) or the greatest (−1), Proposition 12. */
function afterOneVote(logQ: number, { sigma, classes }: Pick<Curve, 'sigma' | 'classes'>, direction: 1 | -1): number {
  const others = Math.log(classes - 1);
  const gap = upperTailQuantile(Math.min(0, logQ - others));
  return Math.min(0, others + logUpperTail(gap + (direction * Math.SQRT2) / sigma));
}

function rdpAt(logQ: number, { sigma, order, logQ0 }: Curve): number {
  return logQ >= logQ0 ? gnmaxRdpIndependent(sigma, order) : gnmaxBound(logQ, sigma, order);
}

/** Algorithm 3. */
function localSensitivity(logQ: number, curve: Curve): number {
  const from = curve.logQ1 <= logQ && logQ <= curve.logQ0 ? curve.logQ1 : logQ;
  const here = rdpAt(from, curve);
  return Math.max(
    rdpAt(afterOneVote(from, curve, -1), curve) - here,
    here - rdpAt(afterOneVote(from, curve, 1), curve),
  );
}
