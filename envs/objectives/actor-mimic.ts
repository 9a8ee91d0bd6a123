import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { isUsed } from '../../src/core/moment';
import { type ObjectivePlace, objective } from '../../src/core/objective';
import { parameter } from '../../src/core/params';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import type { Outputs, Params } from '../../src/core/types';
import { logSoftmax } from '../../src/math/divergence';
import { glorotUniform } from '../../src/models/parts/initializers';

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
  }),
  build: ({ temperature, beta, studentTap, teacherTap }, place) => {
    const params = isUsed(beta) ? regressor(place, studentTap, teacherTap) : undefined;
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
        const from = flat(student, studentTap, batch.size);
        const to = flat(teacher, teacherTap, batch.size);
        const mapped = tf.add(tf.matMul(from, params.kernel!), params.bias!);
        const distance = tf.sum<tf.Tensor1D>(tf.squaredDifference(mapped, to), 1);
        return { policy, features: tf.mul(distance, at.value(beta)) };
      },
    };
  },
});

/** Each example's tap in one row, [n, elements]. */
function flat({ taps }: Outputs, tap: string, rows: number): tf.Tensor2D {
  return tf.reshape(taps[tap]!, [rows, -1]);
}

/** The first weights of f, [elements of the student's tap, elements of the teacher's]. */
function regressor({ student, teachers, batch, rng }: ObjectivePlace, studentTap: string, teacherTap: string): Params {
  const [from, to] = tf.tidy(() => [
    flat(student.forward(batch, { training: false }), studentTap, batch.size).shape[1],
    flat(teachers[0]!.signal(batch), teacherTap, batch.size).shape[1],
  ]) as [number, number];
  return {
    kernel: parameter('actor-mimic/kernel', [from, to], glorotUniform(rng.split('actor-mimic'), 'kernel', [from, to])),
    bias: parameter('actor-mimic/bias', [to], new Float32Array(to)),
  };
}
