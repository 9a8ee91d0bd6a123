import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf, tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { crossEntropy, kl } from '../math/divergence';
import { layerPairs, mapRows } from './parts/blocks';
import { projectionWhereNeeded } from './parts/projection';
import { tapShapes } from './parts/taps';

/**
 * Sanh et al., "DistilBERT", 2019 (arXiv:1910.01108), the triple loss: T²·KL of the softened predictions, cross-entropy
 * with the labels, and 1 − cos of the last hidden rows, averaged over tokens; weights 5, 2, 1 as in the authors' program.
 * Rows of padding (0) are left out. Widths are equal in the paper; where they are not, a learned map is ours.
 * Terms `soft`, `hard`, `cosine` [n].
 */
export default objective({
  description: 'soft targets, labels and the direction of the last hidden rows (DistilBERT, Sanh 2019)',
  paper: 'arXiv:1910.01108',
  options: section({
    temperature: schedule({ exclusiveMin: 0 }).default(2),
    soft: z.number().min(0).default(5),
    hard: z.number().min(0).default(2),
    cosine: z.number().min(0).default(1),
  }),
  build: ({ temperature, soft, hard, cosine }, place) => {
    const pair = layerPairs(place, 'distilbert', 'hidden', 'last').at(-1)!;
    const { student: ours, teacher: theirs } = tapShapes(place, 'distilbert', pair);
    const map = projectionWhereNeeded('map', place.rng.split('map'), ours.at(-1)!, theirs.at(-1)!);
    return {
      needs: { student: [pair.student], teacher: ['logits', pair.teacher] },
      teachers: 1,
      coupling: 'example',
      params: map.params,
      loss: (student, { batch, teachers }, at) => {
        const T = at.value(temperature);
        const divergence = kl(teachers[0]!.logits, student.logits, { temperature: T });
        const rows = mapRows(tapOf<tf.Tensor>(student, pair.student), map);
        const target = tapOf<tf.Tensor>(teachers[0]!, pair.teacher);
        return {
          soft: tf.mul<tf.Tensor1D>(divergence, tf.mul(tf.square(T), soft)),
          ...(hard === 0
            ? {}
            : { hard: tf.mul<tf.Tensor1D>(crossEntropy(student.logits, labelsOf(batch, 'distilbert')), hard) }),
          cosine: tf.mul<tf.Tensor1D>(turned(target, rows), cosine),
        };
      },
    };
  },
});

/** 1 − cos of rows on the last axis, averaged over the target's rows that are not 0: [n, …, width] both → [n]. */
function turned(target: tf.Tensor, rows: tf.Tensor): tf.Tensor1D {
  const [n, width] = [target.shape[0]!, target.shape.at(-1)!];
  const flat = (x: tf.Tensor) => tf.reshape<tf.Rank.R3>(x, [n, target.size / (n * width), width]);
  const inverse = (x: tf.Tensor3D) => tf.rsqrt(tf.add(tf.sum(tf.square(x), 2), 1e-12));
  const [a, b] = [flat(target), flat(rows)];
  const real = tf.cast(tf.greater(tf.sum(tf.square(a), 2), 0), 'float32');
  const cos = tf.mul(tf.sum(tf.mul(a, b), 2), tf.mul(inverse(a), inverse(b)));
  return tf.div(tf.sum<tf.Tensor1D>(tf.mul(real, tf.sub(1, cos)), 1), tf.maximum(tf.sum<tf.Tensor1D>(real, 1), 1));
}
