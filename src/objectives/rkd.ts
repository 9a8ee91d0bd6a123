import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { isUsed } from '../core/moment';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { differences, flatRows, huber } from '../math/similarity';

/**
 * Park, Kim, Lu, Cho, "Relational Knowledge Distillation", 2019 (arXiv:1904.05068), eq. 5 to 9: Huber of the differences
 * between teacher and student of (a) distances within the batch, divided by their mean, (b) cosines of the angles that two
 * examples make at a third. Means over all pairs or triplets; weights 25 and 50 as in the paper's experiments on metric
 * learning scaled for classification. Widths may differ; n²·(n + d) numbers are held. Terms `distance`, `angle` [n]: those
 * at an example.
 */
export default objective({
  description: 'distances and angles between the examples of a batch (RKD, Park 2019)',
  paper: 'arXiv:1904.05068',
  options: section({
    student: z.string().default('dense').describe('tap of the student'),
    teacher: z.string().default('dense').describe('tap of the teacher'),
    distance: schedule({ min: 0 }).default(25).describe('weight of the distances'),
    angle: schedule({ min: 0 }).default(50).describe('weight of the angles'),
  }),
  build: ({ student: own, teacher: theirs, distance, angle }) => ({
    needs: { student: [own], teacher: [theirs] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { teachers }, at) => {
      const [s, t] = [relations(tapOf(student, own)), relations(tapOf(teachers[0]!, theirs))];
      const apart = huber(tf.sub<tf.Tensor2D>(s.distances, t.distances));
      const terms: Record<string, tf.Tensor1D> = {
        distance: tf.mul<tf.Tensor1D>(tf.mean<tf.Tensor1D>(apart, 1), at.value(distance)),
      };
      if (!isUsed(angle)) return terms;
      const turned = huber(tf.sub<tf.Tensor3D>(s.angles, t.angles));
      return { ...terms, angle: tf.mul<tf.Tensor1D>(tf.mean<tf.Tensor1D>(turned, [1, 2]), at.value(angle)) };
    },
  }),
});

/** Distances over their mean [n,n], and at [j,i,k] the cosine of the angle at j between i and k. */
function relations(features: tf.Tensor): { distances: tf.Tensor2D; angles: tf.Tensor3D } {
  const { vectors, lengths } = differences(flatRows(features));
  const n = lengths.shape[0];
  const mean = tf.div(tf.sum(lengths), Math.max(1, n * (n - 1)));
  const directions: tf.Tensor3D = tf.div(vectors, tf.maximum(tf.expandDims(lengths, 2), 1e-6));
  return {
    distances: tf.div(lengths, tf.maximum(mean, 1e-6)),
    angles: tf.matMul(directions, directions, false, true),
  };
}
