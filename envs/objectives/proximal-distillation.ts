import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { extraOf } from '../../src/core/lesson';
import { objective } from '../../src/core/objective';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import { kl } from '../../src/math/divergence';
import { actionLogProbability } from '../gaussian';

/**
 * The distillation term of Proximal Policy Distillation (Spigler 2024, arXiv:2407.15134), which stands beside `ppo`:
 * max(ρ, 1−ε)·KL with ρ = π(a|s)/π_old(a|s), so that the teacher pulls within the proximal update only. The weight of
 * the objective is the paper's λ. logits [n, actions], extras `action` int32 [n] and `logProbability` [n] → term
 * `distillation` [n]. Throws KdlabError where an extra is missing.
 */
export default objective({
  description: 'KL to the teacher inside the clipped update, beside ppo (Proximal Policy Distillation, Spigler 2024)',
  paper: 'arXiv:2407.15134',
  options: section({
    clipRange: schedule({ min: 0 }).default(0.2).describe("ε, as the surrogate's"),
    temperature: z.number().positive().default(1).describe('τ, divides the logits of the teacher only'),
    direction: z.enum(['forward', 'reverse']).default('forward').describe('forward: KL(teacher ‖ student)'),
  }),
  build: ({ clipRange, temperature, direction }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: ({ logits }, { batch, teachers }, at) => {
      const extra = (name: string) => extraOf(batch, name, 'proximal-distillation') as tf.Tensor1D;
      const logProbability = actionLogProbability(logits, extraOf(batch, 'action', 'proximal-distillation'));
      const ratio = tf.exp(tf.sub(logProbability, extra('logProbability')));
      const teacher = tf.div<tf.Tensor2D>(teachers[0]!.logits, temperature);
      const distance = direction === 'forward' ? kl(teacher, logits) : kl(logits, teacher);
      const held = tf.maximum(ratio, tf.sub(1, at.value(clipRange)));
      return { distillation: tf.mul<tf.Tensor1D>(held, distance) };
    },
  }),
});
