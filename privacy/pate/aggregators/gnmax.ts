import { z } from 'zod';
import { section } from '../../../src/core/section';
import { aggregator } from '../aggregator';
import { gnmaxLogQ, gnmaxRdp, gnmaxRdpIndependent } from '../gnmax';
import { noisyArgMax } from '../noise';
import { gnmaxSensitivity } from '../smooth-sensitivity';

/** argmax of the votes, each with Gaussian noise (Papernot et al. 2018, section 4.1). */
export default aggregator({
  description: 'argmax of the votes with Gaussian noise (PATE 2018)',
  paper: 'arXiv:1802.08908',
  options: section({
    sigma: z.number().positive().default(40).describe('standard deviation of the noise on each count'),
  }),
  build: ({ sigma }) => ({
    name: 'gnmax',
    answer: ({ votes }, noise) => ({ by: 'teachers', label: noisyArgMax(votes, sigma, noise) }),
    answeredProbability: () => 1,
    rdp: ({ votes }, answered, order) => answered * gnmaxRdp(gnmaxLogQ(votes, sigma), sigma, order),
    rdpIndependent: (answered, order) => answered * gnmaxRdpIndependent(sigma, order),
    sensitivity: ({ votes }, answered, order) => gnmaxSensitivity(votes, sigma, order).map((bound) => answered * bound),
  }),
});
