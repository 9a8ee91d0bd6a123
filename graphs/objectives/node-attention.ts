import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import { countedOf } from '../counted';
import { graphObjective, tapOf } from '../objective';

/**
 * Attention transfer (Zagoruyko and Komodakis 2017, arXiv:1612.03928) with nodes in the place of pixels, as Joshi et al. 2022
 * (arXiv:2111.04964) do: a_i = ‖h_i‖², the vector over all nodes scaled to length 1, squared differences. They weigh its
 * mean by 1000. Taps may differ in width. Term `attention` [n].
 */
export default graphObjective({
  description: 'how strongly each node is represented beside the others (attention transfer on nodes)',
  paper: 'arXiv:1612.03928',
  options: section({
    student: z.string().default('hidden1').describe('tap of the student'),
    teacher: z.string().default('hidden1').describe('tap of the teacher'),
  }),
  build: ({ student: own, teacher: theirs }) => ({
    needs: { student: [own], teacher: [theirs] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }) => {
      const strength = (h: tf.Tensor2D): tf.Tensor1D => {
        const energy = tf.mul<tf.Tensor1D>(tf.sum<tf.Tensor1D>(tf.square(h), 1), countedOf(batch));
        return tf.mul(energy, tf.rsqrt(tf.add(tf.sum(tf.square(energy)), 1e-12)));
      };
      const apart = tf.squaredDifference<tf.Tensor1D>(
        strength(tapOf(teachers[0]!, theirs)),
        strength(tapOf(student, own)),
      );
      return { attention: apart };
    },
  }),
});
