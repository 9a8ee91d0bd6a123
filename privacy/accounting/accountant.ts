import { KdlabError } from '../../src/core/errors';
import { type Conversion, epsilonFromRdp } from './conversion';
import { rdpOf, type SampledGaussian } from './rdp';

/** A sampled Gaussian mechanism, released `steps` times. */
export interface Mechanism extends SampledGaussian {
  readonly steps: number;
}

export interface PrivacyLoss {
  /** An upper bound; null where there is none (no noise). */
  readonly epsilon: number | null;
  readonly accountant: 'rdp';
  readonly conversion: Conversion;
  /** The Rényi order that gave the bound; absent where there is no bound. */
  readonly order?: number;
}

/** Rényi orders among which the best is taken: fractional ones to 11, all integers to 63, then powers of two. */
export const ORDERS: readonly number[] = [
  ...Array.from({ length: 99 }, (_, i) => (11 + i) / 10),
  ...Array.from({ length: 53 }, (_, i) => 11 + i),
  ...[128, 256, 512, 1024, 2048, 4096],
];

/** Throws KdlabError where a number of a mechanism is outside of its range. */
export function assertMechanism({ noiseMultiplier, sampleRate, steps }: Mechanism): void {
  if (!(noiseMultiplier >= 0) || !Number.isFinite(noiseMultiplier))
    throw new KdlabError(`noise multiplier ${noiseMultiplier}: expected a finite number, at least 0`);
  if (!(sampleRate > 0 && sampleRate <= 1))
    throw new KdlabError(
      `sample rate ${sampleRate}: expected a number above 0 and at most 1, the expected lot over the number of examples`,
    );
  if (!Number.isSafeInteger(steps) || steps < 0)
    throw new KdlabError(`steps ${steps}: expected a whole number, at least 0`);
}

function assertDelta(delta: number): void {
  if (!(delta > 0 && delta < 1))
    throw new KdlabError(`delta ${delta}: expected a number between 0 and 1, such as 1e-5`);
}

function assertTarget(epsilon: number): void {
  if (!(epsilon > 0) || !Number.isFinite(epsilon))
    throw new KdlabError(`epsilon ${epsilon}: expected a finite number above 0`);
}

const curves = new Map<string, readonly number[]>();
const KEPT_CURVES = 256;

/** The divergence of one release at every order of ORDERS; the latest ones are remembered. */
function curveOf(mechanism: SampledGaussian): readonly number[] {
  const key = `${mechanism.noiseMultiplier}/${mechanism.sampleRate}`;
  let curve = curves.get(key);
  if (curve === undefined) {
    curve = ORDERS.map((order) => rdpOf(mechanism, order));
    if (curves.size >= KEPT_CURVES) curves.delete(curves.keys().next().value!);
    curves.set(key, curve);
  }
  return curve;
}

/**
 * The ε that mechanisms released one after the other come to at δ, by Rényi divergences: they add up at each order, and the
 * best order gives the bound. Neighbouring data sets differ by one example added or removed, sampling is Poisson. Throws
 * KdlabError on numbers out of range.
 */
export function epsilonOf(
  mechanisms: readonly Mechanism[],
  delta: number,
  { conversion = 'improved' }: { conversion?: Conversion } = {},
): PrivacyLoss {
  assertDelta(delta);
  mechanisms.forEach(assertMechanism);
  const spent = mechanisms.filter(({ steps }) => steps > 0);
  const base = { accountant: 'rdp', conversion } as const;
  if (spent.length === 0) return { epsilon: 0, ...base };
  if (spent.some(({ noiseMultiplier }) => noiseMultiplier === 0)) return { epsilon: null, ...base };
  let best = { epsilon: Number.POSITIVE_INFINITY, order: Number.NaN };
  const parts = spent.map((mechanism) => ({ steps: mechanism.steps, curve: curveOf(mechanism) }));
  ORDERS.forEach((order, i) => {
    const rdp = parts.reduce((sum, { steps, curve }) => sum + steps * curve[i]!, 0);
    const epsilon = epsilonFromRdp(rdp, order, delta, conversion);
    if (epsilon < best.epsilon) best = { epsilon, order };
  });
  return { ...base, ...best };
}

/**
 * The smallest noise multiplier, to a relative tolerance of 1e-6 from above, with which `steps` releases keep to ε at δ.
 * Throws KdlabError on numbers out of range.
 */
export function noiseFor(
  { epsilon, delta, sampleRate, steps }: { epsilon: number; delta: number; sampleRate: number; steps: number },
  options: { conversion?: Conversion } = {},
): { noiseMultiplier: number } & PrivacyLoss {
  assertTarget(epsilon);
  if (steps < 1) throw new KdlabError(`steps ${steps}: expected at least 1`);
  const at = (noiseMultiplier: number) => epsilonOf([{ noiseMultiplier, sampleRate, steps }], delta, options);
  const keeps = (noise: number) => at(noise).epsilon! <= epsilon;
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
  return { noiseMultiplier: high, ...at(high) };
}

/** The most releases that keep to ε at δ; 0 where one is too many. Throws KdlabError on numbers out of range. */
export function stepsFor(
  { epsilon, delta, ...mechanism }: { epsilon: number; delta: number } & SampledGaussian,
  options: { conversion?: Conversion } = {},
): { steps: number } & PrivacyLoss {
  assertTarget(epsilon);
  const at = (steps: number) => epsilonOf([{ ...mechanism, steps }], delta, options);
  const keeps = (steps: number) => (at(steps).epsilon ?? Number.POSITIVE_INFINITY) <= epsilon;
  let low = 0;
  let high = 1;
  while (keeps(high) && high < 2 ** 50) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (keeps(middle)) low = middle;
    else high = middle;
  }
  return { steps: low, ...at(low) };
}
