import * as tf from '@tensorflow/tfjs';
import { extraOf } from '../../src/core/lesson';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { actionLogProbability } from '../gaussian';

/**
 * Behaviour cloning (Pomerleau 1991): −log π_S(a|s) of the action taken in the data, which is all it knows of the
 * teacher. logits [n, actions], extra `action` int32 [n] → term `cloning` [n]. The source must have recorded the
 * actions (`recordActions` of `rollouts`) and the teacher must have taken them. Throws KdlabError without `action`.
 */
export default objective({
  description: 'negative log-likelihood of the recorded actions, without asking the teacher again (Pomerleau 1991)',
  options: section({}),
  build: () => ({
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: (student, { batch }) => ({
      cloning: tf.neg(actionLogProbability(student.logits, extraOf(batch, 'action', 'behaviour-cloning'))),
    }),
  }),
});
