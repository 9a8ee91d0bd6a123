import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { parameter } from '../core/params';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { kl } from '../math/divergence';
import { scaledGradient } from '../math/gradient';

/**
 * Li, Li, Yang, Zhao, Song, Luo, Li, Yang, "Curriculum Temperature for Knowledge Distillation", 2022 (arXiv:2211.16231),
 * eq. 5 to 8: the temperature is learned against the student, its gradient turned by −λ with λ rising, T²·KL at
 * T = least + range·sigmoid(θ). θ is one number, one of each label's class, or linear in both sides' logits (the paper has
 * two layers there). logits [n,c] → term `soft` [n].
 */
export default objective({
  description: 'KD at a learned temperature: one, by class or by example (CTKD, Li 2022)',
  paper: 'arXiv:2211.16231',
  options: section({
    scope: z.enum(['global', 'class', 'example']).default('global'),
    least: z.number().positive().default(1),
    range: z.number().positive().default(20),
    lambda: schedule({ min: 0 })
      .default({ cosine: { from: 0, to: 1, start: 0, end: 0.5 } })
      .describe('how strongly the temperature works against the student'),
  }),
  build: ({ scope, least, range, lambda }, { student: { classes } }) => {
    const rows = { global: 1, class: classes, example: 2 * classes }[scope];
    const theta = parameter('temperature', [rows, 1], new Float32Array(rows));
    return {
      needs: { teacher: ['logits'] },
      teachers: 1,
      coupling: 'example',
      params: { temperature: theta },
      loss: (student, { batch, teachers }, at) => {
        const own = scaledGradient<tf.Tensor2D>(
          theta as tf.Tensor as tf.Tensor2D,
          tf.mul<tf.Scalar>(at.value(lambda), -1),
        );
        const [t, s] = [teachers[0]!.logits, student.logits];
        const inputs = {
          global: () => tf.ones<tf.Rank.R2>([batch.size, 1]),
          class: () => tf.oneHot(labelsOf(batch, 'ctkd'), classes, 1, 0, 'float32') as tf.Tensor2D,
          example: () => scaledGradient<tf.Tensor2D>(tf.concat2d([t, s], 1), 0),
        }[scope]();
        const T = tf.add<tf.Tensor2D>(tf.mul(tf.sigmoid(tf.matMul<tf.Tensor2D>(inputs, own)), range), least);
        const divergence = kl(tf.div<tf.Tensor2D>(t, T), tf.div<tf.Tensor2D>(s, T));
        return { soft: tf.mul<tf.Tensor1D>(divergence, tf.reshape(tf.square(T), [-1])) };
      },
    };
  },
});
