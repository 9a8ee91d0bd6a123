import * as tf from '@tensorflow/tfjs';
import { labelsOf } from '../core/lesson';
import { objective } from '../core/objective';
import { schedule } from '../core/schedule';
import { section } from '../core/section';
import { divergences, severalTeachers, teacherErrors } from './parts/several-teachers';

/**
 * Zhang, Chen, Wang, "Confidence-Aware Multi-Teacher Knowledge Distillation", 2022 (arXiv:2201.00007), eq. 3 to 4: for every
 * example w_k = (1 − exp(CE_k)/Σ_j exp(CE_j))/(K − 1) with CE_k the teacher's cross-entropy with the label, so that a teacher
 * counts where it is right; Σ_k w_k·T²·KL(p_k ‖ p_s). The paper's term on features is not here; `fitnets` can stand beside.
 * logits [n,c] of K ≥ 2 teachers → term `soft` [n].
 */
export default objective({
  description: 'several teachers, each counted where it predicts the label (CA-MKD, Zhang 2022)',
  paper: 'arXiv:2201.00007',
  options: section({ temperature: schedule({ exclusiveMin: 0 }).default(4) }),
  build: ({ temperature }, place) => {
    const count = severalTeachers(place, 'ca-mkd');
    return {
      needs: { teacher: ['logits'] },
      teachers: count,
      coupling: 'example',
      loss: (student, lesson, at) => {
        const shares = tf.softmax(teacherErrors(lesson, labelsOf(lesson.batch, 'ca-mkd')));
        const weights = tf.div(tf.sub(1, shares), count - 1);
        const each = divergences(lesson, student.logits, at.value(temperature));
        return { soft: tf.sum<tf.Tensor1D>(tf.mul(weights, each), 1) };
      },
    };
  },
});
