import { z } from 'zod';
import { section } from '../../../src/core/section';
import { minibatch } from '../../../src/sources/minibatch';
import { committee } from '../../committee/model';
import { committeeCrossEntropy } from '../../committee/objective';
import { committeeSource } from '../../committee/source';
import { defence } from '../defence';
import { softLabels } from '../soft-labels';
import { splitAssignment, splitTeacher } from '../split-ai';

/**
 * SELENA (Tang et al. 2022, arXiv:2110.08324): sub-models each leave out a random share of the members; every member gets the mean
 * answer of those that left it out (Split-AI), and the student learns these answers on the members (self-distillation). No
 * differential privacy. The defaults, K = 25 and L = 10, are the paper's.
 */
export default defence({
  description: 'self-distillation from sub-models that left the example out (SELENA); no DP guarantee',
  paper: 'arXiv:2110.08324',
  options: section({
    subModels: z.number().int().min(2).default(25).describe('K'),
    leftOut: z.number().int().positive().default(10).describe('L, sub-models that do not see an example'),
    temperature: z.number().positive().default(1),
  }),
  build: ({ subModels, leftOut, temperature }, place) => {
    const { student, examples, inputShape, members, batchSize, flatten, epochs } = place;
    const models = Array.from({ length: subModels }, (_, i) => place.make(`sub-model ${i + 1}`, i));
    const assignment = splitAssignment(members.length, subModels, leftOut, place.rng.split('assignment'));
    const parts = assignment.parts.map((part) => part.map((i) => members[i]!));
    const subSource = committeeSource({ examples, inputShape, parts, batchSize, flatten });
    const source = minibatch({ examples, inputShape, indices: members, batchSize, flatten });
    return {
      summary: `SELENA: ${subModels} sub-models, each member left out of ${leftOut}; no DP guarantee`,
      stages: [
        {
          name: 'sub-models',
          title: `${subModels} sub-models, each member left out of ${leftOut}`,
          learners: [place.learner('sub-models', committee('sub-models', models), committeeCrossEntropy(subModels))],
          teachers: [],
          source: subSource,
          steps: epochs * subSource.stepsPerEpoch!,
        },
        {
          name: 'student',
          title: 'student, from sub-models that left the example out (SELENA)',
          learners: [place.learner('student', student, softLabels(temperature))],
          teachers: [splitTeacher({ models, assignment, examples, members, inputShape })],
          source,
          steps: epochs * source.stepsPerEpoch!,
        },
      ],
    };
  },
});
