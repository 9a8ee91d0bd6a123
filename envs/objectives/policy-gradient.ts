import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { extraOf } from '../../src/core/lesson';
import { objective } from '../../src/core/objective';
import { section } from '../../src/core/section';
import { actionLogProbability } from '../gaussian';

/**
 * Advantage actor-critic (Mnih et al. 2016, arXiv:1602.01783): `policy` −log π(a|s)·A and `value` c₁(V − R)², [n] each,
 * unclipped: for one pass over fresh data. logits [n, actions], tap `value`, extras `action`, `advantage`, `return`.
 */
export default objective({
  description: 'policy gradient with a critic, for one pass over fresh rollouts (A2C, Mnih et al. 2016)',
  paper: 'arXiv:1602.01783',
  options: section({ valueCoefficient: z.number().min(0).default(0.5).describe('c₁') }),
  build: ({ valueCoefficient }) => ({
    needs: { student: ['logits', 'value'] },
    teachers: 0,
    coupling: 'example',
    loss: ({ logits, taps }, { batch }) => {
      const extra = (name: string) => extraOf(batch, name, 'policy-gradient') as tf.Tensor1D;
      const logProbability = actionLogProbability(logits, extraOf(batch, 'action', 'policy-gradient'));
      const value: tf.Tensor1D = tf.reshape(taps.value!, [batch.size]);
      return {
        policy: tf.neg(tf.mul<tf.Tensor1D>(logProbability, extra('advantage'))),
        value: tf.mul(tf.squaredDifference<tf.Tensor1D>(value, extra('return')), valueCoefficient),
      };
    },
  }),
});
