import { z } from 'zod';
import { section } from '../../../src/core/section';
import { rdpOf } from '../../accounting/rdp';
import { aggregator } from '../aggregator';
import { noisyArgMax } from '../noise';

/**
 * argmax with Gaussian noise of votes that come from a Poisson sample of the private examples, drawn anew for each query
 * (Private-kNN, Zhu et al. 2020): the sampled Gaussian mechanism of sensitivity √2, since one example replaces one neighbour. Its
 * cost does not depend on the votes.
 */
export default aggregator({
  description: 'GNMax on the votes of a Poisson sample (Private-kNN)',
  paper: 'Zhu, Yu, Chandraker and Wang, CVPR 2020',
  options: section({
    sigma: z.number().positive().describe('standard deviation of the noise on each count'),
    rate: z.number().gt(0).max(1).describe('sampling probability, that of the votes'),
  }),
  build: ({ sigma, rate }) => {
    const cost = (answered: number, order: number) =>
      answered * rdpOf({ noiseMultiplier: sigma / Math.SQRT2, sampleRate: rate }, order);
    return {
      name: 'sampled-gnmax',
      answer: ({ votes }, noise) => ({ by: 'teachers', label: noisyArgMax(votes, sigma, noise) }),
      answeredProbability: () => 1,
      rdp: (_, answered, order) => cost(answered, order),
      rdpIndependent: cost,
    };
  },
});
