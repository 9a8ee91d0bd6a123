import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { extraOf, labelsOf } from '../../src/core/lesson';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import type { Model, Objective, Teacher } from '../../src/core/types';
import { crossEntropy } from '../../src/math/divergence';

export const pseudoLabelOptions = section({
  threshold: z
    .number()
    .min(0)
    .max(1)
    .default(0.95)
    .describe('confidence at which the student’s own class is learnt from'),
  weight: schedule({ min: 0 }).default(1).describe('of what has no label'),
  perBatch: z.number().int().positive().default(160).describe('examples without labels in a batch'),
});

/** Cross-entropy with the teachers' answers; x without an answer counts nothing. Term `answered` [n]. */
export function answersObjective(): Objective {
  return {
    name: 'answers',
    needs: {},
    teachers: 0,
    coupling: 'example',
    loss: ({ logits }, { batch }) => ({
      answered: tf.mul<tf.Tensor1D>(
        crossEntropy(logits, labelsOf(batch, 'answers')),
        extraOf(batch, 'answered', 'answers'),
      ),
    }),
  };
}

/**
 * With it, on examples without an answer, cross-entropy with the class that the student itself gives the unshifted example,
 * where it is sure enough (Lee 2013; with a threshold and two views: Sohn et al. 2020, arXiv:2001.07685). Its teacher is
 * `ownView`. Terms `answered` and `pseudo`, [n] each.
 */
export function pseudoLabelObjective({
  threshold,
  weight,
}: Pick<z.output<typeof pseudoLabelOptions>, 'threshold' | 'weight'>): Objective {
  const answers = answersObjective();
  return {
    name: 'answers+pseudo-labels',
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'example',
    loss: (student, lesson, at) => {
      const own = lesson.teachers[0]!.logits;
      const sure = tf.cast(tf.greaterEqual(tf.max(tf.softmax(own), 1), threshold), 'float32');
      const counted = tf.mul(tf.mul(sure, extraOf(lesson.batch, 'unlabelled', 'pseudo-labels')), at.value(weight));
      const losses = crossEntropy(student.logits, tf.argMax(own, 1) as tf.Tensor1D);
      return { ...answers.loss(student, lesson, at), pseudo: tf.mul<tf.Tensor1D>(losses, counted) };
    },
  };
}

/** The student as its own teacher, on `extras.clean`. */
export function ownView(student: Model): Teacher {
  const { inputShape, classes } = student;
  return {
    id: `${student.id}, itself`,
    inputShape,
    classes,
    taps: [],
    signal: (batch) => ({
      logits: student.forward({ x: extraOf(batch, 'clean', 'pseudo-labels'), size: batch.size }, { training: false })
        .logits,
      taps: {},
    }),
  };
}
