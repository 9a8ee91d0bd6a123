import { z } from 'zod';
import type { Aggregator, Query } from './aggregator';
import { gnmaxLogQ, gnmaxRdp, gnmaxRdpIndependent, type Votes } from './gnmax';
import { gnmaxSensitivity, thresholdSensitivity } from './smooth-sensitivity';
import { logAnswered, thresholdRdp, thresholdRdpIndependent } from './threshold';

/** Keys of the two aggregators that ask first whether the teachers should answer; defaults: MNIST, 250 teachers. */
export const checkedOptions = {
  threshold: z.number().default(200).describe('T that the highest count with noise must reach'),
  sigma1: z.number().positive().default(150).describe('standard deviation of the noise of that check'),
  sigma2: z.number().positive().default(40).describe('standard deviation of the noise on each count'),
};

/**
 * Costs of a noisy check of the highest of `compared` followed, where it passes, by GNMax on the votes. The check is charged for
 * every query, answered or not.
 */
export function checkedGnmax(
  { threshold, sigma1, sigma2 }: { threshold: number; sigma1: number; sigma2: number },
  compared: (query: Query) => Votes,
): Omit<Aggregator, 'name' | 'answer'> & Required<Pick<Aggregator, 'sensitivity'>> {
  const check = { threshold, sigma: sigma1 };
  const highest = (query: Query) => Math.max(...Array.from(compared(query)));
  const logPasses = (query: Query) => logAnswered(highest(query), check);
  return {
    answeredProbability: (query) => Math.exp(logPasses(query)),
    rdp: (query, answered, order) =>
      thresholdRdp(logPasses(query), sigma1, order) +
      answered * gnmaxRdp(gnmaxLogQ(query.votes, sigma2), sigma2, order),
    rdpIndependent: (answered, order) =>
      thresholdRdpIndependent(sigma1, order) + answered * gnmaxRdpIndependent(sigma2, order),
    sensitivity: (query, answered, order) => {
      const bounds = gnmaxSensitivity(query.votes, sigma2, order).map((bound) => answered * bound);
      const ofCheck = thresholdSensitivity(highest(query), bounds.length, check, order);
      return bounds.map((bound, distance) => bound + ofCheck[distance]!);
    },
  };
}
