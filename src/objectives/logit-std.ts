import * as tf from '@tensorflow/tfjs';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { kl } from '../math/divergence';

/** Keeps a row of equal logits finite. */
const LEAST = 1e-7;

/**
 * Sun, Ren, Li, Wang, Cao, "Logit Standardization in Knowledge Distillation", 2024 (arXiv:2403.01993), algorithm 1:
 * T²·KL of softmax((z − mean z)/(T·std z)). A temperature of its own for every example and side, so the student need not
 * match the teacher's range of logits. As softmax knows no shift it is also NormKD (Chi 2023, arXiv:2308.00520).
 * logits [n,c] → term `soft` [n].
 */
export default objective({
  description: 'KD on standardised logits: a temperature for every example (Sun 2024)',
  paper: 'arXiv:2403.01993',
  options: section({
    temperature: schedule({ exclusiveMin: 0 }).default(2).describe('T, in standard deviations of a row'),
  }),
  build: ({ temperature }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }, at) => {
      const T = at.value(temperature);
      const divergence = kl(standardised(teachers[0]!.logits), standardised(student.logits), { temperature: T });
      return { soft: tf.mul<tf.Tensor1D>(divergence, tf.square(T)) };
    },
  }),
});

/** Rows of mean 0 and standard deviation 1 (of a sample, divisor c − 1): [n,c] → [n,c]. */
function standardised(logits: tf.Tensor2D): tf.Tensor2D {
  const centred = tf.sub(logits, tf.mean(logits, 1, true));
  const variance = tf.div(tf.sum(tf.square(centred), 1, true), Math.max(1, logits.shape[1] - 1));
  return tf.div(centred, tf.add(tf.sqrt(tf.add(variance, LEAST ** 2)), LEAST));
}
