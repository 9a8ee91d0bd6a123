import { z } from 'zod';
import { KdlabError } from '../../../src/core/errors';
import { section } from '../../../src/core/section';
import { minibatch } from '../../../src/sources/minibatch';
import { networkTeacher } from '../../../src/teachers/network';
import { defence } from '../defence';
import { softLabels } from '../soft-labels';

/**
 * Ordinary distillation, which is no defence: on the members themselves, or on public examples, where what leaks is inherited
 * through the teacher.
 */
export default defence({
  description: 'plain distillation (not a defence): leakage inherited from the teacher',
  paper: 'arXiv:1503.02531',
  options: section({
    on: z.enum(['members', 'reference']).default('reference'),
    temperature: z.number().positive().default(4),
  }),
  build: ({ on, temperature }, place) => {
    const { undefended, student, examples, inputShape, batchSize, flatten, epochs } = place;
    const indices = place[on];
    if (indices.length === 0)
      throw new KdlabError('distillation on reference examples needs some; set dataset.reference, or on: members');
    const source = minibatch({ examples, inputShape, indices, batchSize, flatten });
    return {
      summary: `plain distillation on ${indices.length} ${on === 'members' ? 'members' : 'public examples'}, T = ${temperature}`,
      stages: [
        {
          name: 'student',
          title: `student, distilled on ${on}`,
          learners: [place.learner('student', student, softLabels(temperature))],
          teachers: [networkTeacher(undefended)],
          source,
          steps: epochs * source.stepsPerEpoch!,
        },
      ],
    };
  },
});
