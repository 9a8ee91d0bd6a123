import type { Rng } from './rng';

/** A mean with its 95 % interval: the shape of `Interval` in core/results, which this folder may not import. */
interface Interval<Method extends string> {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
  readonly method: Method;
}

const LOW = 0.025;
const HIGH = 0.975;
/** The 97.5 % quantile of the standard normal distribution. */
const Z = 1.959963984540054;

/** Arithmetic mean, summed about the first value so that a large common offset costs no digits. Throws RangeError for no values. */
export function mean(values: ArrayLike<number>): number {
  requireSome(values.length, 1, 'a mean');
  const origin = values[0]!;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! - origin;
  return origin + sum / values.length;
}

/** Sample standard deviation, n − 1 in the denominator. Throws RangeError for fewer than two values. */
export function standardDeviation(values: ArrayLike<number>): number {
  requireSome(values.length, 2, 'a standard deviation');
  const centre = mean(values);
  let squares = 0;
  for (let i = 0; i < values.length; i++) squares += (values[i]! - centre) ** 2;
  return Math.sqrt(squares / (values.length - 1));
}

/**
 * The sample quantile by linear interpolation of order statistics: type 7 of Hyndman & Fan (1996), the default of R
 * and NumPy. `probability` in [0, 1]. Throws RangeError outside it, for no values or for NaN.
 */
export function quantile(values: ArrayLike<number>, probability: number): number {
  return sortedQuantile(sorted(values, 'a quantile'), probability);
}

/**
 * Mean of the middle half: ⌊n/4⌋ values are cut from each end. Less noisy than the median, deaf to outliers; the
 * aggregate advised by Agarwal et al. (2021) for few runs. Throws RangeError for no values or for NaN.
 */
export function interquartileMean(values: ArrayLike<number>): number {
  const ordered = sorted(values, 'an interquartile mean');
  const cut = Math.floor(ordered.length / 4);
  return mean(ordered.subarray(cut, ordered.length - cut));
}

/**
 * Mean with Student's t interval, for few roughly Gaussian observations such as seeds. One observation says nothing
 * of its spread: its interval is infinite. Throws RangeError for none.
 */
export function studentT(values: ArrayLike<number>): Interval<'student-t'> {
  const n = values.length;
  const centre = mean(values);
  const half = n === 1 ? Infinity : (studentTQuantile(HIGH, n - 1) * standardDeviation(values)) / Math.sqrt(n);
  return { mean: centre, low: centre - half, high: centre + half, n, method: 'student-t' };
}

/**
 * Wilson's score interval of a proportion (Wilson 1927; method 3 in Newcombe 1998), for accuracies and agreements.
 * `mean` is the plain proportion, not the interval's centre. Throws RangeError unless 0 ≤ successes ≤ trials, trials ≥ 1.
 */
export function wilson(successes: number, trials: number): Interval<'wilson'> {
  if (!(trials >= 1) || !(successes >= 0) || successes > trials)
    throw new RangeError(`a proportion needs 0 ≤ successes ≤ trials and trials ≥ 1, found ${successes} of ${trials}`);
  const p = successes / trials;
  const spread = Z * Math.sqrt((p * (1 - p) + Z ** 2 / (4 * trials)) / trials);
  const centre = p + Z ** 2 / (2 * trials);
  const scale = 1 + Z ** 2 / trials;
  // At the ends the formula is exact, its rounding is not.
  const low = successes === 0 ? 0 : (centre - spread) / scale;
  const high = successes === trials ? 1 : (centre + spread) / scale;
  return { mean: p, low, high, n: trials, method: 'wilson' };
}

/**
 * Percentile bootstrap (Efron 1979) of `statistic`, the mean unless told otherwise. The same key gives the same
 * interval. One observation gives an interval without width. Throws RangeError for none or for NaN.
 */
export function bootstrap(
  values: ArrayLike<number>,
  rng: Rng,
  {
    statistic = mean,
    resamples = 2000,
  }: { statistic?: (values: ArrayLike<number>) => number; resamples?: number } = {},
): Interval<'bootstrap'> {
  const sample = sorted(values, 'a bootstrap interval');
  const n = sample.length;
  const stream = rng.stream();
  const resample = new Float64Array(n);
  const estimates = Float64Array.from({ length: resamples }, () => {
    for (let i = 0; i < n; i++) resample[i] = sample[stream.integer(n)]!;
    return statistic(resample);
  }).sort();
  const low = sortedQuantile(estimates, LOW);
  return { mean: statistic(sample), low, high: sortedQuantile(estimates, HIGH), n, method: 'bootstrap' };
}

/**
 * Quantile of Student's t distribution for a whole number of degrees of freedom, by bisection of the finite series
 * 26.7.3–4 of Abramowitz & Stegun in the angle atan(t/√ν). Throws RangeError for other arguments.
 */
export function studentTQuantile(probability: number, degrees: number): number {
  if (!(probability > 0 && probability < 1) || !Number.isSafeInteger(degrees) || degrees < 1)
    throw new RangeError(
      `a t quantile needs 0 < probability < 1 and whole degrees of freedom ≥ 1, found ${probability} and ${degrees}`,
    );
  if (probability < 0.5) return -studentTQuantile(1 - probability, degrees);
  const central = 2 * probability - 1;
  let low = 0;
  let high = Math.PI / 2;
  for (let i = 0; i < 80; i++) {
    const middle = (low + high) / 2;
    if (centralProbability(middle, degrees) < central) low = middle;
    else high = middle;
  }
  return Math.sqrt(degrees) * Math.tan((low + high) / 2);
}

/** P(|T| ≤ t) of Student's t distribution. Throws RangeError for t < 0 or degrees that are no whole number ≥ 1. */
export function studentTCentral(t: number, degrees: number): number {
  if (!(t >= 0) || !Number.isSafeInteger(degrees) || degrees < 1)
    throw new RangeError(`Student's t needs t ≥ 0 and whole degrees of freedom ≥ 1, found ${t} and ${degrees}`);
  return centralProbability(Math.atan(t / Math.sqrt(degrees)), degrees);
}

/** P(|T| ≤ t) where angle = atan(t/√ν). */
function centralProbability(angle: number, degrees: number): number {
  const odd = degrees % 2 === 1;
  const cos = Math.cos(angle);
  let term = odd ? cos : 1;
  let sum = 0;
  for (let power = odd ? 1 : 0; power <= degrees - 2 && term > sum * 1e-17; power += 2) {
    sum += term;
    term *= ((power + 1) / (power + 2)) * cos ** 2;
  }
  return odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum;
}

function sortedQuantile(ordered: Float64Array, probability: number): number {
  if (!(probability >= 0 && probability <= 1))
    throw new RangeError(`a quantile's probability lies in [0, 1], found ${probability}`);
  const position = (ordered.length - 1) * probability;
  const below = ordered[Math.floor(position)]!;
  const above = ordered[Math.ceil(position)]!;
  return below === above ? below : below + (position % 1) * (above - below);
}

function sorted(values: ArrayLike<number>, what: string): Float64Array {
  requireSome(values.length, 1, what);
  const ordered = Float64Array.from(values).sort();
  if (Number.isNaN(ordered.at(-1))) throw new RangeError(`${what} of values that hold NaN is undefined`);
  return ordered;
}

function requireSome(n: number, least: number, what: string): void {
  if (n < least) throw new RangeError(`${what} needs at least ${least} value${least === 1 ? '' : 's'}, found ${n}`);
}
