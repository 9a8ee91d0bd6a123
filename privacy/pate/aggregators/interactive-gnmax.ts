import { z } from 'zod';
import { KdlabError } from '../../../src/core/errors';
import { section } from '../../../src/core/section';
import { argMax } from '../../../src/math/arg-max';
import { aggregator, type Query } from '../aggregator';
import { checkedGnmax, checkedOptions } from '../checked-gnmax';
import { noisyArgMax } from '../noise';

/** Votes less those that the student would give, M·p_j: what the teachers would change. */
function differences({ votes, student }: Query): Float64Array {
  if (student === undefined)
    throw new KdlabError(
      'interactive-gnmax compares the teachers with the student; this query has no student’s probabilities',
    );
  const teachers = Array.from(votes).reduce((sum, count) => sum + count, 0);
  return Float64Array.from(votes, (count, j) => count - teachers * student[j]!);
}

/**
 * Algorithm 2 of Papernot et al. 2018: the teachers answer only where they disagree with the student by more than the
 * threshold, with noise; else the student’s own class stands where it is confident, and the query is thrown away where not.
 */
export default aggregator({
  description: 'GNMax where teachers disagree with the student (PATE 2018)',
  paper: 'arXiv:1802.08908',
  options: section({
    ...checkedOptions,
    confidence: z.number().min(0).max(1).default(0.99).describe('γ, of the student, at which its own class stands'),
  }),
  build: (options) => {
    const { sensitivity: _, ...checked } = checkedGnmax(options, differences);
    return {
      name: 'interactive-gnmax',
      ...checked,
      answer: (query, noise) => {
        if (Math.max(...differences(query)) + options.sigma1 * noise.normal(1)[0]! >= options.threshold)
          return { by: 'teachers', label: noisyArgMax(query.votes, options.sigma2, noise) };
        const own = argMax(query.student!);
        return query.student![own]! > options.confidence ? { by: 'student', label: own } : { by: 'none' };
      },
    };
  },
});
