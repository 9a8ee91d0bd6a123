import * as tf from '@tensorflow/tfjs';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { crossEntropy, meanSquaredError } from '../math/divergence';
import { stopGradient } from '../math/gradient';

/**
 * Tarvainen, Valpola, "Mean Teachers are Better Role Models", 2017 (arXiv:1703.01780), eq. 1: labels where they are known
 * (≥ 0), and on every example the mean squared difference to the teacher's probabilities; the teacher is the moving average
 * of the student (`ema` of the experiments). The paper lets the weight rise over the first epochs.
 * logits [n,c] → terms `labels` and `consistency`, [n] each.
 */
export default objective({
  description: 'labels where known, everywhere the teacher’s probabilities (mean teacher, Tarvainen 2017)',
  paper: 'arXiv:1703.01780',
  options: section({
    weight: schedule({ min: 0 }).default({ linear: { from: 0, to: 10, start: 0, end: 0.3 } }),
  }),
  build: ({ weight }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { batch, teachers }, at) => {
      const target = tf.softmax(stopGradient(teachers[0]!.logits));
      const apart = meanSquaredError(target, tf.softmax(student.logits));
      return {
        labels: crossEntropy(student.logits, labelsOf(batch, 'consistency')),
        consistency: tf.mul<tf.Tensor1D>(apart, at.value(weight)),
      };
    },
  }),
});
