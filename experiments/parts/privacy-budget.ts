import path from 'node:path';
import { z } from 'zod';
import {
  ACCOUNTANTS,
  epsilonOf,
  type Mechanism,
  type PrivacyLoss,
  type Release,
} from '../../privacy/accounting/accountant';
import { noiseFor } from '../../privacy/accounting/calibration';
import { clippingSchema } from '../../privacy/clipper';
import { dpSgdOptions } from '../../privacy/estimators/dp-sgd';
import { Ledger } from '../../privacy/ledger';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';

export const privacySchema = section({
  epsilon: z.number().optional().describe('ε that may be spent: the noise is calibrated to it'),
  noiseMultiplier: z.number().optional().describe('σ, instead of a target ε'),
  delta: z.number().gt(0).lt(1).default(1e-5),
  accountant: z
    .enum(ACCOUNTANTS as [string, ...string[]])
    .default('rdp')
    .describe('rdp, pld; gdp is no guarantee'),
  clipNorm: z.number().positive().default(1),
  clipping: clippingSchema.default('flat'),
  physicalBatch: dpSgdOptions.shape.physicalBatch,
  noiseDraws: dpSgdOptions.shape.noiseDraws,
  unit: z.string().default('example').describe('what neighbouring data sets differ by, in words'),
});

export type PrivacyConfig = z.output<typeof privacySchema>;

/** A private training before it begins: its noise, and who keeps count. */
export interface Budget {
  readonly mechanism: Mechanism;
  /** What was released of the private data before. */
  readonly charges: readonly Release[];
  readonly loss: PrivacyLoss;
}

/**
 * The noise of trainings of `steps` steps in all on lots of rate q, for the ε asked for; or the ε of the noise asked for.
 * Throws KdlabError where neither or both are named, and on numbers out of range.
 */
export function budgetOf(
  config: PrivacyConfig,
  { sampleRate, steps, charges }: { sampleRate: number; steps: number; charges: readonly Release[] },
): Budget {
  const { epsilon, noiseMultiplier, delta } = config;
  const how = { accountant: accountantOf(config) };
  if ((epsilon === undefined) === (noiseMultiplier === undefined))
    throw new KdlabError(
      `privacy: name either epsilon or noiseMultiplier, found ${epsilon === undefined ? 'neither' : 'both'}; for a training ` +
        'without privacy set method: none',
    );
  if (noiseMultiplier !== undefined && !(noiseMultiplier > 0 && Number.isFinite(noiseMultiplier)))
    throw new KdlabError(
      `privacy: noiseMultiplier is ${noiseMultiplier}; without noise no ε holds. For a training without privacy set method: none`,
    );
  const under = (noise: number): Mechanism => ({ noiseMultiplier: noise, sampleRate, steps });
  const lossOf = (mechanism: Mechanism) => epsilonOf([...charges, mechanism], delta, how);
  const least = () => noiseFor({ epsilon: epsilon!, delta, sampleRate, steps }, how).noiseMultiplier;
  const mechanism = under(noiseMultiplier ?? raised(least(), (noise) => lossOf(under(noise)).epsilon!, config));
  return { mechanism, charges, loss: lossOf(mechanism) };
}

/**
 * The least noise from `least` on, to a relative tolerance of 1e-6, that keeps to ε where something else is charged too.
 * Throws KdlabError where that alone is too much.
 */
function raised(least: number, epsilonAt: (noise: number) => number, { epsilon }: PrivacyConfig): number {
  const keeps = (noise: number) => epsilonAt(noise) <= epsilon!;
  if (keeps(least)) return least;
  let [low, high] = [least, 2 * least];
  while (!keeps(high)) {
    [low, high] = [high, 2 * high];
    if (high > 1e6)
      throw new KdlabError(`privacy: epsilon ${epsilon} is spent by the features alone; raise their noise, or epsilon`);
  }
  while (high - low > 1e-6 * high) {
    const middle = (low + high) / 2;
    if (keeps(middle)) high = middle;
    else low = middle;
  }
  return high;
}

export function accountantOf({ accountant }: PrivacyConfig): 'rdp' | 'pld' | 'gdp' {
  return accountant as 'rdp' | 'pld' | 'gdp';
}

/** The ledger of a stage's training, in the run's folder; undefined where there is no folder to keep it in. */
export function ledgerOf(
  runFolder: string | undefined,
  stage: string,
  terms: ConstructorParameters<typeof Ledger>[1],
  steps: number,
): Ledger | undefined {
  if (runFolder === undefined) return undefined;
  return new Ledger(path.join(runFolder, `privacy-ledger-${stage}.json`), terms, steps);
}

/** δ of at least 1/n allows publishing an example at random. */
export function warningOfDelta(delta: number, population: number): string | undefined {
  if (delta < 1 / population) return undefined;
  return (
    `warning: delta ${delta} is not below 1/${population}: a mechanism that publishes whole examples at random would satisfy ` +
    `it; set privacy.delta below ${(1 / population).toPrecision(2)}`
  );
}
