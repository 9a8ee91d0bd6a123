import { z } from 'zod';
import { section } from '../../../src/core/section';
import { argMax } from '../../../src/math/arg-max';
import { aggregator } from '../aggregator';
import { lnmaxEpsilon, lnmaxLogQ, pureRdp, pureRdpIndependent } from '../lnmax';

/** argmax of the votes, each with Laplace noise of scale λ (Papernot et al. 2017, section 2.1; the paper's γ is 1/λ). */
export default aggregator({
  description: 'argmax of the votes with Laplace noise (PATE 2017)',
  paper: 'arXiv:1610.05755',
  options: section({ scale: z.number().positive().default(20).describe('λ of the noise on each count, 1/γ') }),
  build: ({ scale }) => {
    const epsilon = lnmaxEpsilon(scale);
    return {
      name: 'lnmax',
      answer: ({ votes }, noise) => {
        const drawn = noise.laplace(votes.length);
        return { by: 'teachers', label: argMax(Float64Array.from(votes, (count, j) => count + scale * drawn[j]!)) };
      },
      answeredProbability: () => 1,
      rdp: ({ votes }, answered, order) => answered * pureRdp(lnmaxLogQ(votes, scale), epsilon, order),
      rdpIndependent: (answered, order) => answered * pureRdpIndependent(epsilon, order),
    };
  },
});
