import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { section } from '../../src/core/section';
import { unitRows } from '../../src/math/similarity';
import { projection } from '../../src/objectives/parts/projection';
import { countedOf } from '../counted';
import { graphObjective, tapOf, widthsOf } from '../objective';

/** Taken from the logits of nodes that do not count. */
const ABSENT = 1e9;

/**
 * Graph contrastive representation distillation, Joshi, Liu, Xun, Lin, Foo 2022 (arXiv:2111.04964), eq. 6: −log of the share of a node's
 * own teacher row in Σ_j exp(s_i·t_j/τ), rows through linear heads to unit length. n² numbers are held. Term `contrast` [n].
 */
export default graphObjective({
  description: 'each node’s row nearest to its own row of the teacher among all (G-CRD, Joshi 2022)',
  paper: 'arXiv:2111.04964',
  options: section({
    student: z.string().default('hidden1').describe('tap of the student'),
    teacher: z.string().default('hidden1').describe('tap of the teacher'),
    width: z.number().int().positive().default(64).describe('of the common space'),
    temperature: z.number().positive().default(0.075),
  }),
  build: ({ student: own, teacher: theirs, width, temperature }, place) => {
    const widths = widthsOf(place, 'g-crd', { student: own, teacher: theirs });
    const ours = projection('studentHead', place.rng, widths.student, width);
    const target = projection('teacherHead', place.rng, widths.teacher, width);
    return {
      needs: { student: [own], teacher: [theirs] },
      teachers: 1,
      coupling: 'batch',
      params: { ...ours.params, ...target.params },
      loss: (student, { batch, teachers }) => {
        const s = unitRows(ours.apply(tapOf(student, own)));
        const t = unitRows(target.apply(tapOf(teachers[0]!, theirs)));
        const all = tf.div(tf.matMul(s, t, false, true), temperature);
        const same = tf.div(tf.sum(tf.mul(s, t), 1), temperature);
        return {
          contrast: tf.sub<tf.Tensor1D>(
            tf.logSumExp(tf.sub(all, tf.mul(tf.sub(1, countedOf(batch)), ABSENT)), 1),
            same,
          ),
        };
      },
    };
  },
});
