import * as tf from '@tensorflow/tfjs';
import { labelsOf } from '../../src/core/lesson';
import { section } from '../../src/core/section';
import { knownOf } from '../known-labels';
import { graphObjective } from '../objective';

/** Keeps the gradient of a norm finite at zero. */
const LEAST = 1e-12;

/**
 * Yang, Liu, Shi, "Extract the Knowledge of Graph Neural Networks and Go Beyond it", 2021 (arXiv:2103.02885), eq. 1:
 * ‖p_T − p_S‖₂ of every node whose label is not known. Labelled nodes are left out: the student starts from their labels.
 * Term `distance` [n].
 */
export default graphObjective({
  description: 'distance of the predictions on unlabelled nodes (CPF, Yang 2021)',
  paper: 'arXiv:2103.02885',
  options: section({}),
  build: () => ({
    needs: { teacher: ['logits'] },
    teachers: 1,
    coupling: 'batch',
    loss: (student, { batch, teachers }) => {
      const apart = tf.sub(tf.softmax(teachers[0]!.logits), tf.softmax(student.logits));
      const squares = tf.sum<tf.Tensor1D>(tf.square(apart), 1);
      const unknown = tf.sub<tf.Tensor1D>(1, knownOf(labelsOf(batch, 'cpf')));
      return { distance: tf.mul<tf.Tensor1D>(tf.sqrt(tf.add(squares, LEAST)), unknown) };
    },
  }),
});
