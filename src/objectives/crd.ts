import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { parameter } from '../core/params';
import { section } from '../core/section';
import { scaledGradient } from '../math/gradient';
import { flatRows, unitRows } from '../math/similarity';
import { projection } from './parts/projection';
import { tapShapes } from './parts/taps';

/**
 * Tian, Krishnan, Isola, "Contrastive Representation Distillation", 2020 (arXiv:1910.10699), eq. 17 to 19: with
 * h(t, s) = e^{t·s/τ}/(e^{t·s/τ} + N/M), −log h of an example's own pair − Σ log(1 − h) over N others, rows through linear
 * heads to unit length; once with the student's row and the teacher's others, once the other way round. The others come
 * from a memory of the N examples seen last, of each side, not from a slot for every example of the data; N must be
 * smaller than the data, so that no example meets itself. Terms `student`, `teacher` [n]: whose rows are remembered last.
 */
export default objective({
  description: 'an example’s features told from those of a memory of others (CRD, Tian 2020)',
  paper: 'arXiv:1910.10699',
  options: section({
    student: z.string().default('dense').describe('tap of the student'),
    teacher: z.string().default('dense').describe('tap of the teacher'),
    width: z.number().int().positive().default(128).describe('of the common space'),
    temperature: z.number().positive().default(0.07).describe('τ'),
    memory: z.number().int().positive().default(1024).describe('N, examples of each side remembered'),
    ratio: z.number().positive().default(0.33).describe('N/M as the paper has it: 16 384 others of 50 000 examples'),
  }),
  build: ({ student: own, teacher: theirs, width, temperature, memory, ratio }, place) => {
    const shapes = tapShapes(place, 'crd', { student: own, teacher: theirs });
    const rng = place.rng.split('crd');
    const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
    const heads = {
      student: projection('studentHead', rng, size(shapes.student), width),
      teacher: projection('teacherHead', rng, size(shapes.teacher), width),
    };
    const bank = (side: string) =>
      parameter(`${side}Memory`, [memory, width], rng.split(side).normal(memory * width, 0, 1 / Math.sqrt(width)));
    const state = { student: bank('student'), teacher: bank('teacher') };
    const { softplus } = tf;
    /** −log h(own pair) − Σ log(1 − h(others)): [n,width], [n,width], [N,width] → [n]. */
    const contrast = (row: tf.Tensor2D, pair: tf.Tensor2D, others: tf.Tensor2D) => {
      const odds = (likeness: tf.Tensor) => tf.sub(tf.div(likeness, temperature), Math.log(ratio));
      const same = odds(tf.sum(tf.mul(row, pair), 1));
      const different = odds(tf.matMul(row, others, false, true));
      return tf.add<tf.Tensor1D>(softplus(tf.neg(same)), tf.sum(softplus(different), 1));
    };
    return {
      needs: { student: [own], teacher: [theirs] },
      teachers: 1,
      coupling: 'batch',
      params: { ...heads.student.params, ...heads.teacher.params },
      state,
      loss: (student, { teachers }) => {
        const s = unitRows(heads.student.apply(flatRows(tapOf(student, own))));
        const t = unitRows(heads.teacher.apply(flatRows(tapOf(teachers[0]!, theirs))));
        const [seen, told] = [state.student, state.teacher].map((each) => tf.clone(each) as tf.Tensor2D);
        const terms = { student: contrast(t, s, seen!), teacher: contrast(s, t, told!) };
        const push = (kept: tf.Tensor2D, rows: tf.Tensor2D) =>
          tf.slice(tf.concat2d([scaledGradient(rows, 0), kept], 0), [0, 0], [memory, width]);
        state.student.assign(push(seen!, s));
        state.teacher.assign(push(told!, t));
        return terms;
      },
    };
  },
});
