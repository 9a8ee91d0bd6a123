import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf } from '../core/lesson';
import { isUsed } from '../core/moment';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { kl } from '../math/divergence';
import { targetKl, withoutTarget } from './parts/target';

/**
 * Zhao, Cui, Song, Qiu, Liang, "Decoupled Knowledge Distillation", 2022 (arXiv:2203.08679), eq. 7:
 * T²·(α·TCKD + β·NCKD). TCKD is the KL of the two numbers (p_y, 1 − p_y), NCKD that of the distributions over the classes
 * other than the label's. With α = 1 and β = 1 − p_y of the teacher it would be KD's own term. The labels' cross-entropy
 * stands beside it in the list of objectives. logits [n,c] → terms `target` and `others`, [n] each.
 */
export default objective({
  description: 'KD taken apart into the label’s class and the others (DKD, Zhao 2022)',
  paper: 'arXiv:2203.08679',
  options: section({
    temperature: schedule({ exclusiveMin: 0 }).default(4),
    alpha: z.number().min(0).default(1).describe('weight of the label’s class against the rest'),
    beta: schedule({ min: 0 }).default(8).describe('weight of the classes other than the label’s'),
  }),
  build: ({ temperature, alpha, beta }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { batch, teachers }, at) => {
      const T = at.value(temperature);
      const [theirs, ours] = [teachers[0]!.logits, student.logits].map((logits) => tf.div<tf.Tensor2D>(logits, T));
      const labels = labelsOf(batch, 'dkd');
      const scaled = (term: tf.Tensor1D, weight: number | tf.Scalar) =>
        tf.mul<tf.Tensor1D>(term, tf.mul(tf.square(T), weight));
      const [teacherOthers, studentOthers] = [withoutTarget(theirs!, labels), withoutTarget(ours!, labels)];
      const others = scaled(kl(teacherOthers, studentOthers), at.value(beta));
      if (!isUsed(alpha)) return { others };
      return { target: scaled(targetKl(theirs!, ours!, labels), alpha), others };
    },
  }),
});
