import * as tf from '@tensorflow/tfjs';
import type { Objective } from '../../src/core/types';
import { kl } from '../../src/math/divergence';

/** T²·KL of the teacher's to the student's probabilities, both at temperature T (Hinton 2015): no labels. Term `soft` [n]. */
export function softLabels(temperature: number): Objective {
  return {
    name: 'soft-labels',
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, { teachers }) => ({
      soft: tf.mul<tf.Tensor1D>(kl(teachers[0]!.logits, student.logits, { temperature }), temperature ** 2),
    }),
  };
}
