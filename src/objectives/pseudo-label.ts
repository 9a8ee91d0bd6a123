import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { checkSameShape, crossEntropy, logSoftmax } from '../math/divergence';
import { stopGradient } from '../math/gradient';

/**
 * Labels where they are known (≥ 0), elsewhere the teacher's decision where its probability reaches a threshold: Lee 2013;
 * FixMatch (Sohn et al. 2020, arXiv:2001.07685, eq. 4) where the teacher is the student itself on a weak view; noisy student
 * (Xie et al. 2020, arXiv:1911.04252) with `soft` targets and a teacher trained before. The teacher gets no gradient.
 * `weight` is that of an unlabelled row against a labelled one: λ/μ of FixMatch. logits [n,c] → terms `labels` and `pseudo`,
 * [n] each.
 */
export default objective({
  description: 'labels where known, elsewhere a sure teacher’s decisions (pseudo-label, FixMatch, noisy student)',
  paper: 'arXiv:2001.07685',
  options: section({
    threshold: z.number().min(0).max(1).default(0.95).describe('least probability of the teacher’s decision'),
    soft: z.boolean().default(false).describe('the teacher’s probabilities in place of its decision'),
    weight: schedule({ min: 0 }).default(1),
  }),
  build: ({ threshold, soft, weight }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { batch, teachers }, at) => {
      checkSameShape(teachers[0]!.logits, student.logits, 'pseudo-labels');
      const labels = labelsOf(batch, 'pseudo-label');
      const logits = stopGradient(teachers[0]!.logits);
      const classes = logits.shape[1];
      const given = tf.softmax(logits);
      const target = soft ? given : tf.oneHot(tf.argMax<tf.Tensor1D>(logits, 1), classes, 1, 0, 'float32');
      const sure = tf.cast(tf.greaterEqual(tf.max<tf.Tensor1D>(given, 1), threshold), 'float32');
      const hidden = tf.cast(tf.less(labels, 0), 'float32');
      const crossed = tf.sum<tf.Tensor1D>(tf.mul(target, logSoftmax(student.logits)), 1);
      return {
        labels: crossEntropy(student.logits, labels),
        pseudo: tf.mul<tf.Tensor1D>(tf.mul(crossed, tf.mul(sure, hidden)), tf.mul(at.value(weight), -1)),
      };
    },
  }),
});
