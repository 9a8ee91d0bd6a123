import { z } from 'zod';
import { KdlabError } from '../../../src/core/errors';
import { section } from '../../../src/core/section';
import { predict } from '../../../src/evaluate/classification';
import { minibatch } from '../../../src/sources/minibatch';
import { networkTeacher } from '../../../src/teachers/network';
import { entropies } from '../../attacks/scores';
import { defence } from '../defence';
import { lateSource } from '../late-source';
import { softLabels } from '../soft-labels';

/**
 * Distillation for membership privacy (Shejwalkar and Houmansadr 2021, arXiv:1906.06589): the network trained on the members
 * labels those public examples about which it is surest, and the student, which never sees a member, learns from these soft
 * labels. Examples of low entropy lie far from what single members decide. No differential privacy.
 */
export default defence({
  description: 'distillation on public examples of low entropy (DMP); no DP guarantee',
  paper: 'arXiv:1906.06589',
  options: section({
    select: z.number().int().positive().describe('reference examples of lowest entropy that are used'),
    temperature: z.number().positive().default(1),
    epochs: z.number().int().positive().optional().describe('of the student; default: those of the undefended network'),
  }),
  build: ({ select, temperature, epochs }, place) => {
    const { undefended, student, examples, inputShape, batchSize, flatten, reference } = place;
    if (select > reference.length)
      throw new KdlabError(
        `dmp selects ${select} of ${reference.length} reference examples; raise dataset.reference or lower select`,
      );
    const choose = (indices: Int32Array) => minibatch({ examples, inputShape, indices, batchSize, flatten });
    const surest = (): Int32Array => {
      const entropy = entropies(predict(undefended, examples, { inputShape, indices: reference }));
      const order = Array.from(reference.keys()).sort((a, b) => entropy[a]! - entropy[b]!);
      return Int32Array.from(order.slice(0, select), (i) => reference[i]!).sort();
    };
    const like = choose(reference.slice(0, select));
    return {
      summary: `DMP: the ${select} of ${reference.length} public examples of lowest entropy, T = ${temperature}; no DP guarantee`,
      stages: [
        {
          name: 'student',
          title: 'student, from the undefended network on public examples (DMP)',
          learners: [place.learner('student', student, softLabels(temperature))],
          teachers: [networkTeacher(undefended)],
          source: lateSource(like, () => choose(surest())),
          steps: (epochs ?? place.epochs) * like.stepsPerEpoch!,
        },
      ],
    };
  },
});
