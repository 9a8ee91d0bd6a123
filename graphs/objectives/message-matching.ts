import { z } from 'zod';
import { section } from '../../src/core/section';
import { meanSquaredError } from '../../src/math/divergence';
import { projectionWhereNeeded } from '../../src/objectives/parts/projection';
import { neighborMean } from '../../src/sparse/aggregate';
import { graphOf } from '../batch';
import { graphObjective, tapOf, widthsOf } from '../objective';

/**
 * What each node hears from its neighbours, m_i = mean_j h_j, as with the teacher: mean squared error of the messages, the student's
 * through a linear map where widths differ (as the regressor of Romero et al. 2015, arXiv:1412.6550, on aggregated rows).
 * Reads taps [n, width], or `message<n>` taps as they are with `aggregated`. Term `message` [n].
 */
export default graphObjective({
  description: 'aggregated messages of the student near the teacher’s',
  options: section({
    student: z.string().default('hidden1').describe('tap of the student'),
    teacher: z.string().default('hidden1').describe('tap of the teacher'),
    aggregated: z.boolean().default(false).describe('the taps are messages already: do not average neighbours'),
  }),
  build: ({ student: own, teacher: theirs, aggregated }, place) => {
    const widths = widthsOf(place, 'message-matching', { student: own, teacher: theirs });
    const { params, apply } = projectionWhereNeeded('map', place.rng, widths.student, widths.teacher);
    return {
      needs: { student: [own], teacher: [theirs] },
      teachers: 1,
      coupling: 'batch',
      params,
      loss: (student, { batch, teachers }) => {
        const { neighbors } = graphOf(batch, 'message-matching');
        const [ours, target] = [apply(tapOf(student, own)), tapOf(teachers[0]!, theirs)];
        if (aggregated) return { message: meanSquaredError(target, ours) };
        return { message: meanSquaredError(neighborMean(neighbors, target), neighborMean(neighbors, ours)) };
      },
    };
  },
});
