import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { meanSquaredError } from '../math/divergence';
import { regressor } from './parts/regressor';

/**
 * Romero, Ballas, Kahou, Chassang, Gatta, Bengio, "FitNets: Hints for Thin Deep Nets", 2015 (arXiv:1412.6550), eq. 3:
 * ½‖u_t − r(v_s)‖² of a hint layer u_t and a guided layer v_s, r a regressor trained with the student. Here the mean over
 * the layer's elements stands in place of their sum, so that a weight means the same for every layer. The paper trains
 * with it alone first (`hints` of the experiments), then by KD. Taps of any width → term `hint` [n].
 */
export default objective({
  description: 'hints: a layer of the student, through a learned map, as one of the teacher (FitNets, Romero 2015)',
  paper: 'arXiv:1412.6550',
  options: section({
    student: z.string().default('block2').describe('guided layer'),
    teacher: z.string().default('block2').describe('hint layer'),
  }),
  build: (pair, place) => {
    const { params, apply } = regressor('regressor', place, 'fitnets', pair);
    return {
      needs: { student: [pair.student], teacher: [pair.teacher] },
      teachers: 1,
      coupling: 'example',
      params,
      loss: (student, { teachers }) => {
        const guided = apply(tapOf<tf.Tensor>(student, pair.student));
        return { hint: tf.div<tf.Tensor1D>(meanSquaredError(tapOf<tf.Tensor>(teachers[0]!, pair.teacher), guided), 2) };
      },
    };
  },
});
