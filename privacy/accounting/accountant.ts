import { KdlabError } from '../../src/core/errors';
import { composedNoise, gaussianEpsilon } from './analytic-gaussian';
import type { Conversion } from './conversion';
import { centralLimitEpsilon } from './gdp';
import { assertRelease, isOpen, type Mechanism, type Release } from './mechanism';
import { pldEpsilon } from './pld/epsilon';
import { renyiEpsilon } from './renyi';

export { assertMechanism, type Mechanism, type Release } from './mechanism';
export { ORDERS } from './renyi';

/**
 * - rdp: Rényi divergences, an upper bound.
 * - pld: privacy loss distributions, bounds on both sides; smaller than rdp by a tenth as a rule.
 * - gdp: the central limit, an approximation that may be too small and is no guarantee.
 */
export type Accountant = 'rdp' | 'pld' | 'gdp';

export const ACCOUNTANTS: readonly Accountant[] = ['rdp', 'pld', 'gdp'];

export interface PrivacyLoss {
  /** An upper bound, but for gdp; null where there is none (no noise). */
  readonly epsilon: number | null;
  /** A lower bound of the least ε that holds; pld only. */
  readonly epsilonLower?: number;
  readonly accountant: Accountant;
  /** How ε is read: from divergences by a conversion, or from the privacy profile δ(ε) itself. */
  readonly conversion: Conversion | 'privacy-profile';
  /** The Rényi order that gave the bound; absent where there is no bound, or that of δ = 0 is the best. */
  readonly order?: number;
  /** Present, and true, where ε is no guarantee. */
  readonly approximation?: true;
}

export interface AccountingOptions {
  /** Default: rdp. */
  readonly accountant?: Accountant;
  /** Of rdp. Default: improved. */
  readonly conversion?: Conversion;
}

/** Throws KdlabError unless 0 < δ < 1. */
export function assertDelta(delta: number): void {
  if (!(delta > 0 && delta < 1))
    throw new KdlabError(`delta ${delta}: expected a number between 0 and 1, such as 1e-5`);
}

/**
 * The ε that mechanisms released one after the other come to at δ. Throws KdlabError on numbers out of range, and where the
 * accountant cannot account for a mechanism.
 */
export function epsilonOf(
  mechanisms: readonly Release[],
  delta: number,
  { accountant = 'rdp', conversion = 'improved' }: AccountingOptions = {},
): PrivacyLoss {
  assertDelta(delta);
  mechanisms.forEach(assertRelease);
  const spent = mechanisms.filter(({ steps }) => steps > 0);
  const base =
    accountant === 'rdp'
      ? ({ accountant, conversion } as const)
      : ({
          accountant,
          conversion: 'privacy-profile',
          ...(accountant === 'gdp' && { approximation: true as const }),
        } as const);
  if (spent.length === 0) return { epsilon: 0, ...(accountant === 'pld' && { epsilonLower: 0 }), ...base };
  if (spent.some(isOpen)) return { epsilon: null, ...base };
  if (accountant === 'rdp') {
    const best = renyiEpsilon(spent, delta, conversion);
    return Number.isFinite(best.epsilon) ? { ...base, ...best } : { ...base, epsilon: null };
  }
  const gaussian = spent.filter((mechanism): mechanism is Mechanism => (mechanism.kind ?? 'gaussian') === 'gaussian');
  if (accountant === 'gdp') {
    if (gaussian.length < spent.length)
      throw new KdlabError('the central limit is that of Gaussian mechanisms on Poisson samples; take rdp or pld');
    return { epsilon: centralLimitEpsilon(gaussian, delta), ...base };
  }
  if (gaussian.length === spent.length && gaussian.every(({ sampleRate }) => sampleRate === 1)) {
    const epsilon = gaussianEpsilon(composedNoise(gaussian), delta);
    return { epsilon, epsilonLower: epsilon, ...base };
  }
  const { lower, upper } = pldEpsilon(spent, delta);
  return { epsilon: upper, epsilonLower: lower, ...base };
}
