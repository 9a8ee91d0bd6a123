import { section } from '../../../src/core/section';
import { aggregator } from '../aggregator';
import { checkedGnmax, checkedOptions } from '../checked-gnmax';
import { noisyArgMax } from '../noise';

/**
 * Algorithm 1 of Papernot et al. 2018: the teachers answer, as in GNMax, only where their highest count with noise reaches the
 * threshold; other queries are thrown away. The defaults are the paper's for MNIST with 250 teachers.
 */
export default aggregator({
  description: 'GNMax on the queries on which teachers agree (PATE 2018)',
  paper: 'arXiv:1802.08908',
  options: section(checkedOptions),
  build: (options) => ({
    name: 'confident-gnmax',
    ...checkedGnmax(options, ({ votes }) => votes),
    answer: ({ votes }, noise) =>
      Math.max(...Array.from(votes)) + options.sigma1 * noise.normal(1)[0]! >= options.threshold
        ? { by: 'teachers', label: noisyArgMax(votes, options.sigma2, noise) }
        : { by: 'none' },
  }),
});
