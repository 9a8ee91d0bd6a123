import { KdlabError } from '../../src/core/errors';
import { type AccountingOptions, epsilonOf, ORDERS, type PrivacyLoss } from './accountant';
import type { SampledGaussian } from './rdp';

/** Throws KdlabError unless ε is a finite number above 0. */
export function assertTarget(epsilon: number): void {
  if (!(epsilon > 0) || !Number.isFinite(epsilon))
    throw new KdlabError(`epsilon ${epsilon}: expected a finite number above 0`);
}

/** ε found is at most this much less than ε asked for, relative, by a costly accountant. */
const CLOSE = 3e-6;
const MOST_TRIALS = 24;

/**
 * The smallest noise multiplier, to a relative tolerance of 1e-6 from above (by pld: of ε, 3e-6), with which `steps`
 * releases keep to ε at δ. Throws KdlabError on numbers out of range.
 */
export function noiseFor(
  { epsilon, delta, sampleRate, steps }: { epsilon: number; delta: number; sampleRate: number; steps: number },
  options: AccountingOptions = {},
): { noiseMultiplier: number } & PrivacyLoss {
  assertTarget(epsilon);
  if (steps < 1) throw new KdlabError(`steps ${steps}: expected at least 1`);
  const at = (noiseMultiplier: number, how = options) =>
    epsilonOf([{ noiseMultiplier, sampleRate, steps }], delta, how);
  const byRdp = () => bisectNoise((noise) => at(noise, { ...options, accountant: 'rdp' }).epsilon!, epsilon, delta);
  const noiseMultiplier =
    options.accountant === 'pld'
      ? interpolate((noise) => at(noise).epsilon!, epsilon, byRdp())
      : bisectNoise((noise) => at(noise).epsilon!, epsilon, delta);
  return { noiseMultiplier, ...at(noiseMultiplier) };
}

function bisectNoise(at: (noise: number) => number, epsilon: number, delta: number): number {
  const keeps = (noise: number) => at(noise) <= epsilon;
  let low = 0.05;
  let high = 1;
  while (!keeps(high)) {
    high *= 2;
    if (high > 1e7)
      throw new KdlabError(
        `epsilon ${epsilon} at delta ${delta}: no noise multiplier up to 1e7 reaches it by Rényi orders up to ${ORDERS.at(-1)}`,
      );
  }
  while (keeps(low) && low > 1e-3) low /= 2;
  while (high - low > 1e-6 * high) {
    const middle = (low + high) / 2;
    if (keeps(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/**
 * The x at which a falling ε(x) comes down to a target, where each trial is dear: the secant through the last two in
 * logarithms, kept between what is known to be too little and enough. `enough` keeps to the target.
 */
function interpolate(at: (x: number) => number, target: number, enough: number): number {
  let low = 0;
  let high = enough;
  let trials: { x: number; epsilon: number }[] = [{ x: enough, epsilon: at(enough) }];
  let next = (enough * Math.max(trials[0]!.epsilon, 0.2 * target)) / target;
  for (let i = 0; i < MOST_TRIALS && (high - low) / high > 1e-9; i++) {
    const x = next > low && next < high ? next : low === 0 ? high / 2 : Math.sqrt(low * high);
    const epsilon = at(x);
    if (epsilon <= target) high = x;
    else low = x;
    if (epsilon <= target && epsilon >= target * (1 - CLOSE)) break;
    trials = [...trials.slice(-1), { x, epsilon }];
    const [a, b] = trials as [{ x: number; epsilon: number }, { x: number; epsilon: number }];
    const slope = Math.log(b.epsilon / a.epsilon) / Math.log(b.x / a.x);
    // A hair below the target, so that the bound itself is met.
    next = b.x * Math.exp(Math.log((target * (1 - CLOSE / 2)) / b.epsilon) / slope);
  }
  return high;
}

/** The most releases that keep to ε at δ; 0 where one is too many. Throws KdlabError on numbers out of range. */
export function stepsFor(
  { epsilon, delta, ...mechanism }: { epsilon: number; delta: number } & SampledGaussian,
  options: AccountingOptions = {},
): { steps: number } & PrivacyLoss {
  assertTarget(epsilon);
  const at = (steps: number, how = options) => epsilonOf([{ ...mechanism, steps }], delta, how);
  const spent = (steps: number) => at(steps).epsilon ?? Number.POSITIVE_INFINITY;
  let low = 0;
  let high = 1;
  if (options.accountant === 'pld') {
    // What keeps to ε by rdp keeps to it by pld.
    low = stepsFor({ epsilon, delta, ...mechanism }, { ...options, accountant: 'rdp' }).steps;
    high = low + Math.max(1, Math.floor(low / 4));
  }
  while (spent(high) <= epsilon && high < 2 ** 50) {
    low = high;
    high *= 2;
  }
  let [atLow, atHigh] = [spent(low), spent(high)];
  for (let trial = 0; high - low > 1; trial++) {
    // ε grows about as a power of the steps; every third trial halves the interval, whatever the curve.
    const share = Math.log(epsilon / atLow) / Math.log(atHigh / atLow);
    const guess = trial % 3 < 2 && share > 0 && share < 1 && low > 0 ? low * (high / low) ** share : (low + high) / 2;
    const middle = Math.min(high - 1, Math.max(low + 1, Math.round(guess)));
    const here = spent(middle);
    if (here <= epsilon) [low, atLow] = [middle, here];
    else [high, atHigh] = [middle, here];
  }
  return { steps: low, ...at(low) };
}
