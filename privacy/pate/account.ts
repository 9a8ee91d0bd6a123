import { KdlabError } from '../../src/core/errors';
import { assertDelta, ORDERS } from '../accounting/accountant';
import { type Conversion, epsilonFromRdp } from '../accounting/conversion';
import type { Aggregator, Query } from './aggregator';
import { smoothed, smoothReleaseRdp } from './smooth-sensitivity';

/** A query with whether its teachers answered (1 or 0), or the probability that they do. */
export interface Charged {
  readonly query: Query;
  readonly answered: number;
}

/** An (ε, δ) bound and the Rényi order that gave it. */
export interface PateEpsilon {
  readonly epsilon: number;
  readonly order: number;
}

export interface PateLoss {
  readonly queries: number;
  /** Sum of `answered`. */
  readonly answered: number;
  readonly delta: number;
  readonly conversion: Conversion;
  /** By the votes: **private itself**. It may be studied, and not published beside a released student. */
  readonly dataDependent: PateEpsilon;
  /** Whatever the votes: may be published. */
  readonly dataIndependent: PateEpsilon;
}

/** Every query with the probability that it is answered: the expected cost, as tables of papers give it. */
export function expectedly(aggregator: Aggregator, queries: readonly Query[]): Charged[] {
  return queries.map((query) => ({ query, answered: aggregator.answeredProbability(query) }));
}

/** Rényi divergence of order α of all queries together, by the votes. */
export function pateRdp(aggregator: Aggregator, charged: readonly Charged[], order: number): number {
  return charged.reduce((sum, { query, answered }) => sum + aggregator.rdp(query, answered, order), 0);
}

/**
 * What answering queries costs at δ: neighbours differ in one example, hence in one teacher. Throws KdlabError for a δ outside
 * (0, 1).
 */
export function pateLoss(
  aggregator: Aggregator,
  charged: readonly Charged[],
  delta: number,
  { conversion = 'improved', orders = ORDERS }: { conversion?: Conversion; orders?: readonly number[] } = {},
): PateLoss {
  assertDelta(delta);
  const best = (rdp: (order: number) => number): PateEpsilon =>
    orders
      .map((order) => ({ epsilon: epsilonFromRdp(rdp(order), order, delta, conversion), order }))
      .reduce((least, each) => (each.epsilon < least.epsilon ? each : least));
  const none = { epsilon: 0, order: orders[0]! };
  return {
    queries: charged.length,
    answered: charged.reduce((sum, { answered }) => sum + answered, 0),
    delta,
    conversion,
    dataDependent: charged.length === 0 ? none : best((order) => pateRdp(aggregator, charged, order)),
    dataIndependent:
      charged.length === 0
        ? none
        : best((order) => charged.reduce((sum, { answered }) => sum + aggregator.rdpIndependent(answered, order), 0)),
  };
}

export interface Sanitising {
  /** The order at which the divergence is published, fixed before the votes are seen. */
  readonly order: number;
  /** β of the smooth sensitivity, below 1/(2·order). */
  readonly beta: number;
  /** Standard deviation of the noise in units of the smooth sensitivity. */
  readonly sigma: number;
}

/** The 95 % quantile of the standard normal distribution. */
const UPPER = 1.6448536269514722;

export interface SanitisedLoss {
  /** The noisy ε, the charge for publishing it included; as often too small as too large. */
  readonly epsilon: number;
  /** The same with 1.645 standard deviations more: at least the true ε with a probability of 95 % over that noise. */
  readonly upper: number;
  /** Standard deviation of the noise. */
  readonly deviation: number;
  readonly smoothSensitivity: number;
  /** Part of ε that publishing costs. */
  readonly charge: number;
}

/**
 * The data-dependent ε made publishable: the divergence at one order with noise scaled to its smooth sensitivity, plus what
 * that costs (Papernot et al. 2018, appendix B). `normal` is one standard normal. Throws KdlabError where the aggregator has no
 * bound of its sensitivity, or order and β do not go together.
 */
export function sanitisedLoss(
  aggregator: Aggregator,
  charged: readonly Charged[],
  delta: number,
  { order, beta, sigma }: Sanitising,
  normal: number,
  conversion: Conversion = 'improved',
): SanitisedLoss {
  assertPublishable(aggregator, { order, beta, sigma });
  const charge = smoothReleaseRdp({ beta, sigma }, order);
  const total: number[] = [];
  for (const { query, answered } of charged)
    aggregator.sensitivity!(query, answered, order).forEach((bound, d) => {
      total[d] = (total[d] ?? 0) + bound;
    });
  const smoothSensitivity = smoothed(Float64Array.from(total), beta);
  const deviation = sigma * smoothSensitivity;
  const noisy = pateRdp(aggregator, charged, order) + deviation * normal;
  const at = (rdp: number) => epsilonFromRdp(Math.max(0, rdp) + charge, order, delta, conversion);
  return { epsilon: at(noisy), upper: at(noisy + UPPER * deviation), deviation, smoothSensitivity, charge };
}

/** Throws KdlabError where the aggregator has no bound of its sensitivity, or order and β do not go together. */
export function assertPublishable(aggregator: Aggregator, { order, beta, sigma }: Sanitising): void {
  if (aggregator.sensitivity === undefined)
    throw new KdlabError(
      `${aggregator.name}: no bound on the sensitivity of its data-dependent ε is implemented; publish the data-independent one`,
    );
  smoothReleaseRdp({ beta, sigma }, order);
}
