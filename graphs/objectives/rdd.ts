import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf } from '../../src/core/lesson';
import { schedule } from '../../src/core/schedule';
import { section } from '../../src/core/section';
import { stopGradient } from '../../src/math/gradient';
import { segmentSum } from '../../src/sparse/aggregate';
import { edgeScores } from '../../src/sparse/attention';
import { graphOf } from '../batch';
import { countedOf } from '../counted';
import { edgeProducts } from '../edge-similarity';
import { knownOf } from '../known-labels';
import { graphObjective, tapOf } from '../objective';

/**
 * Reliable data distillation, Zhang, Miao, Shao, Jiang, Chen, Ruas, Cui 2020 (doi:10.1145/3318464.3389706). A labelled node is
 * reliable where the teacher decides its label, another one where the teacher's entropy is among the lowest `share`
 * (its tap `entropyRank`, the share of nodes it is surer of). The student learns by squared distance of the predictions
 * where a reliable node is decided otherwise by it, and its predictions are alike along reliable edges: those of
 * reliable nodes whom the teacher gives one class. Each averages over the nodes and edges that it is about. Add
 * `node-labels`. Terms `nodes`, `edges` [n].
 */
export default graphObjective({
  description: 'distils reliable nodes alone and smooths along reliable edges (RDD, Zhang 2020)',
  paper: 'doi:10.1145/3318464.3389706',
  options: section({
    share: z.number().min(0).max(1).default(0.4).describe('of the nodes, whose teacher’s entropy is low enough'),
    gamma: schedule({ min: 0 }).default(1).describe('weight of the nodes’ term'),
    beta: schedule({ min: 0 }).default(1).describe('weight of the edges’ term'),
  }),
  build: ({ share, gamma, beta }) => ({
    needs: { teacher: ['logits', 'entropyRank'] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }, at) => {
      const { neighbors } = graphOf(batch, 'rdd');
      const teacher = teachers[0]!;
      const n = batch.size;
      const counted = countedOf(batch);
      const labels = labelsOf(batch, 'rdd');
      const known = knownOf(labels);
      const [taught, decided] = [decision(teacher.logits), decision(stopGradient(student.logits))];
      const right = same(taught, tf.oneHot(labels, student.logits.shape[1]) as tf.Tensor2D);
      const rank = tf.reshape<tf.Rank.R1>(tapOf(teacher, 'entropyRank'), [n]);
      const sure = tf.cast(tf.less<tf.Tensor1D>(rank, share), 'float32');
      const reliable = tf.where(tf.cast(known, 'bool'), right, sure) as tf.Tensor1D;
      const differs = tf.mul<tf.Tensor1D>(reliable, tf.sub<tf.Tensor1D>(1, same(taught, decided)));
      const probabilities = tf.softmax(student.logits);
      const apart = tf.squaredDifference(tf.softmax(teacher.logits), probabilities);
      const nodes = tf.mul<tf.Tensor1D>(
        tf.sum<tf.Tensor1D>(apart, 1),
        tf.mul<tf.Tensor1D>(differs, overThose(differs, counted)),
      );
      // The product of two rows is 1 where both are reliable and of one class.
      const classes = tf.mul<tf.Tensor2D>(taught, tf.reshape(reliable, [n, 1]));
      const trusted = edgeProducts(neighbors, classes, classes);
      const steps = edgeScores(neighbors, probabilities, tf.neg(probabilities));
      const unlike = segmentSum(neighbors, tf.mul<tf.Tensor1D>(tf.sum<tf.Tensor1D>(tf.square(steps), 1), trusted));
      const along = overThose(segmentSum(neighbors, trusted), counted);
      return {
        nodes: tf.mul<tf.Tensor1D>(nodes, at.value(gamma)),
        edges: tf.mul<tf.Tensor1D>(unlike, tf.mul(along, at.value(beta))),
      };
    },
  }),
});

/** 1 at the largest logit of each row, [n, c]. */
function decision(logits: tf.Tensor2D): tf.Tensor2D {
  return tf.cast(tf.equal<tf.Tensor2D>(logits, tf.max(logits, 1, true)), 'float32');
}

/** 1 where both decide alike: [n]. */
function same(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor1D {
  return tf.minimum<tf.Tensor1D>(tf.sum<tf.Tensor1D>(tf.mul(a, tf.cast(b, 'float32')), 1), 1);
}

/** What makes the mean over the nodes that count the mean over those of them that are chosen, or over their shares. */
function overThose(chosen: tf.Tensor1D, counted: tf.Tensor1D): tf.Scalar {
  return tf.div(tf.sum(counted), tf.maximum(tf.sum(tf.mul(chosen, counted)), 1));
}
