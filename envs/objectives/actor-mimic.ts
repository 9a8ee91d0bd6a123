import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { isUsed } from '../../src/core/moment';
import { objective } from '../../src/core/objective';
import { parameter } from '../../src/core/params';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import { logSoftmax } from '../../src/math/divergence';
import { Rng } from '../../src/math/rng';
import { glorotUniform } from '../../src/models/parts/initializers';

const width = z.number().int().positive();

/**
 * Parisotto, Ba, Salakhutdinov, "Actor-Mimic", 2016 (arXiv:1511.06342), eq. 3 to 5: the cross-entropy
 * −Σ softmax(q_T/τ) log π_S and, weighed by β, the feature regression ‖f(h_S) − h_T‖² with a linear f that is trained
 * along. logits [n, actions], taps [n, widths] → terms `policy` and `features`, [n] each.
 */
export default objective({
  description:
    "cross-entropy to the teacher's softened Q-values and regression of its features (Parisotto et al. 2016)",
  paper: 'arXiv:1511.06342',
  options: section({
    temperature: z.number().positive().default(1).describe('τ, divides the logits of the teacher only'),
    beta: schedule({ min: 0 }).default(0.01).describe('β, weight of the feature regression'),
    studentTap: z.string().default('hidden1'),
    teacherTap: z.string().default('hidden1'),
    studentWidth: width.describe("elements of the student's tap"),
    teacherWidth: width.describe("elements of the teacher's tap"),
    seed: z.number().int().min(0).default(0).describe("of the regressor's first weights"),
  }),
  build: ({ temperature, beta, studentTap, teacherTap, studentWidth, teacherWidth, seed }) => {
    const shape: [number, number] = [studentWidth, teacherWidth];
    const kernel = glorotUniform(Rng.root(seed).split('actor-mimic'), 'regressor', shape);
    const params = isUsed(beta)
      ? {
          'regressor/kernel': parameter('regressor/kernel', shape, kernel),
          'regressor/bias': parameter('regressor/bias', [teacherWidth], new Float32Array(teacherWidth)),
        }
      : undefined;
    return {
      needs: { student: [studentTap], teacher: ['logits', teacherTap] },
      teachers: 1,
      coupling: 'example',
      ...(params && { params }),
      loss: (student, { batch, teachers }, at) => {
        const teacher = teachers[0]!;
        const target = tf.exp(logSoftmax(teacher.logits, temperature));
        const policy = tf.neg(tf.sum<tf.Tensor1D>(tf.mul(target, logSoftmax(student.logits)), 1));
        if (params === undefined) return { policy };
        const from = tf.reshape(student.taps[studentTap]!, [batch.size, studentWidth]);
        const to = tf.reshape(teacher.taps[teacherTap]!, [batch.size, teacherWidth]);
        const mapped = tf.add(tf.matMul(from, params['regressor/kernel'] as tf.Tensor), params['regressor/bias']);
        const distance = tf.sum<tf.Tensor1D>(tf.squaredDifference(mapped, to), 1);
        return { policy, features: tf.mul(distance, at.value(beta)) };
      },
    };
  },
});
