import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { extraOf } from '../../src/core/lesson';
import { isUsed } from '../../src/core/moment';
import { objective } from '../../src/core/objective';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import { actionEntropy, actionLogProbability } from '../gaussian';

/**
 * Schulman et al., "Proximal Policy Optimization Algorithms", 2017 (arXiv:1707.06347), eq. 7 and 9, to be minimised:
 * `policy` −min(ρA, clip(ρ, 1−ε, 1+ε)A) with ρ = π(a|s)/π_old(a|s), `value` c₁(V − R)², `entropy` −c₂H(π), [n] each.
 * Reads logits [n, actions], or the outputs of a Gaussian policy [n, 2·d] where the extra `action` is [n, d], and the tap `value` [n] or [n,1], and the extras `action` (int32), `advantage`, `return`,
 * `logProbability` and `value`, [n] each, that a PPO source attaches. Throws KdlabError where one is missing.
 */
export default objective({
  description: 'clipped policy surrogate, value loss and entropy bonus (Schulman et al. 2017)',
  paper: 'arXiv:1707.06347',
  options: section({
    clipRange: schedule({ min: 0 }).default(0.2).describe('ε; decay it linearly by {linear: {from: 0.2, to: 0}}'),
    valueClipRange: schedule({ min: 0 })
      .optional()
      .describe('how far V may move from its old value before its loss is held; absent: not clipped'),
    valueCoefficient: z.number().min(0).default(0.5).describe('c₁'),
    entropyCoefficient: schedule({ min: 0 }).default(0).describe('c₂'),
  }),
  build: ({ clipRange, valueClipRange, valueCoefficient, entropyCoefficient }) => ({
    needs: { student: ['logits', 'value'] },
    teachers: 0,
    coupling: 'example',
    loss: ({ logits, taps }, { batch }, at) => {
      const extra = (name: string) => extraOf(batch, name, 'ppo') as tf.Tensor1D;
      const value: tf.Tensor1D = tf.reshape(taps.value!, [batch.size]);
      const action = extraOf(batch, 'action', 'ppo');
      const logProbability = actionLogProbability(logits, action);
      const ratio = tf.exp(tf.sub<tf.Tensor1D>(logProbability, extra('logProbability')));
      const bound = valueClipRange === undefined ? undefined : at.value(valueClipRange);
      const terms: Record<string, tf.Tensor1D> = {
        policy: clippedSurrogate(ratio, extra('advantage'), at.value(clipRange)),
        value: tf.mul(valueLoss(value, extra('return'), extra('value'), bound), valueCoefficient),
      };
      if (isUsed(entropyCoefficient))
        terms.entropy = tf.neg(tf.mul<tf.Tensor1D>(actionEntropy(logits, action), at.value(entropyCoefficient)));
      return terms;
    },
  }),
});

/** −min(ρA, clip(ρ, 1−ε, 1+ε)A). ratio, advantage [n] → [n]. */
function clippedSurrogate(ratio: tf.Tensor1D, advantage: tf.Tensor1D, clip: tf.Scalar): tf.Tensor1D {
  const clipped = tf.minimum(tf.maximum(ratio, tf.sub(1, clip)), tf.add(1, clip));
  return tf.neg(tf.minimum<tf.Tensor1D>(tf.mul(ratio, advantage), tf.mul(clipped, advantage)));
}

/** (V − R)², or with a bound the larger of it and the same with V held within ±bound of its old value. [n] each. */
function valueLoss(
  value: tf.Tensor1D,
  target: tf.Tensor1D,
  old: tf.Tensor1D,
  bound: tf.Scalar | undefined,
): tf.Tensor1D {
  const loss = tf.squaredDifference<tf.Tensor1D>(value, target);
  if (bound === undefined) return loss;
  const held = tf.add(old, tf.minimum(tf.maximum(tf.sub(value, old), tf.neg(bound)), bound));
  return tf.maximum<tf.Tensor1D>(loss, tf.squaredDifference(held, target));
}
