import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import { unitRows } from '../../src/math/similarity';
import { meanOverCounted } from '../counted';
import { graphObjective, tapOf } from '../objective';

/**
 * Global structure preserving (Joshi et al. 2022, arXiv:2111.04964, section 3.2): the likeness of every node to all others as with the
 * teacher, mean squared difference of rows of the n × n matrices. With `dot` it is the similarity term of NOSMOG (Tian et
 * al. 2023, arXiv:2208.10010, eq. 5). Others are those that count. n² numbers are held. Term `similarity` [n].
 */
export default graphObjective({
  description: 'likeness of every node to every other as with the teacher (GSP; NOSMOG with dot)',
  paper: 'arXiv:2111.04964',
  options: section({
    student: z.string().default('hidden1').describe('tap of the student'),
    teacher: z.string().default('hidden1').describe('tap of the teacher'),
    kernel: z.enum(['cosine', 'dot']).default('cosine'),
  }),
  build: ({ student: own, teacher: theirs, kernel }) => ({
    needs: { student: [own], teacher: [theirs] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }) => {
      const likeness = (h: tf.Tensor2D) => {
        const rows = kernel === 'cosine' ? unitRows(h) : h;
        return tf.matMul(rows, rows, false, true);
      };
      const apart = tf.squaredDifference<tf.Tensor2D>(
        likeness(tapOf(teachers[0]!, theirs)),
        likeness(tapOf(student, own)),
      );
      return { similarity: meanOverCounted(apart, batch) };
    },
  }),
});
