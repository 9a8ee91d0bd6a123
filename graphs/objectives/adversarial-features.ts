import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import type { Batch } from '../../src/core/types';
import { kl } from '../../src/math/divergence';
import { stopGradient } from '../../src/math/gradient';
import { graphObjective } from '../objective';

/**
 * The adversarial feature augmentation of NOSMOG, Tian, Zhang, Guo, Zhang, Chawla 2023 (arXiv:2208.10010), eq. 6: KL(teacher ‖ student)
 * on features moved by at most `epsilon` each to where it is large, by `iterations` signed steps of `step` · epsilon
 * (projected gradient descent, Madry et al. 2018). Of features stored as a matrix the entries move, those that are zero
 * stay; positions move too. The student answers without dropout. Term `adversarial` [n].
 */
export default graphObjective({
  description: 'soft labels on features moved to where the student is furthest from them (NOSMOG, Tian 2023)',
  paper: 'arXiv:2208.10010',
  options: section({
    epsilon: z.number().positive().default(0.04).describe('largest change of a feature'),
    iterations: z.number().int().positive().default(5),
    step: z.number().positive().default(0.25).describe('of one iteration, as a share of epsilon'),
  }),
  build: ({ epsilon, iterations, step }, { student: model }) => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'batch',
    loss: (_, { batch, teachers }) => {
      const { logits } = teachers[0]!;
      const divergence = (features: readonly tf.Tensor[]) =>
        kl(logits, model.forward(withFeatures(batch, features), { training: false }).logits);
      const given = featuresOf(batch);
      const slope = tf.grads((...features: tf.Tensor[]) => tf.sum(divergence(features)));
      let moved = given;
      for (let i = 0; i < iterations; i++) {
        const directions = slope([...moved]);
        moved = moved.map((feature, k) => {
          const shift = tf.sub(tf.add(feature, tf.mul(tf.sign(directions[k]!), step * epsilon)), given[k]!);
          return tf.add(given[k]!, tf.clipByValue(shift, -epsilon, epsilon));
        });
      }
      return { adversarial: divergence(moved.map((feature) => stopGradient(feature))) };
    },
  }),
});

/** Whatever numbers of a batch's nodes a student reads: features in full or as a matrix's entries, then positions. */
function featuresOf({ x, extras = {} }: Batch): tf.Tensor[] {
  const entries = extras['features/indices'];
  const values = extras['features/values'] ?? (entries && tf.ones([entries.size]));
  const positions = extras.positions;
  if (values === undefined && x.dtype !== 'float32')
    throw new KdlabError('adversarial-features moves features that are numbers; this source gives none');
  return [values ?? x, ...(positions === undefined ? [] : [positions])];
}

function withFeatures(batch: Batch, [features, positions]: readonly tf.Tensor[]): Batch {
  const { extras = {} } = batch;
  const placed = positions === undefined ? extras : { ...extras, positions };
  if (extras['features/indices'] === undefined) return { ...batch, x: features!, extras: placed };
  return { ...batch, extras: { ...placed, 'features/moved': features! } };
}
