import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { graphObjective } from '../objective';

/**
 * ½ λ ‖θ‖² over parameters of the student, the same for every node: weight decay coupled to the gradient, as in the code of Kipf and
 * Welling 2017 (first layer alone) and by PyTorch's Adam (all). Term `l2` [n].
 */
export default graphObjective({
  description: 'weight decay through the gradient, of all parameters or some layers',
  options: section({
    lambda: z.number().min(0).default(5e-4),
    only: z.string().default('').describe('parameters whose names begin so, such as conv1/; all where empty'),
  }),
  build: ({ lambda, only }, { student }) => {
    const decayed = Object.entries(student.params).filter(([name]) => name.startsWith(only));
    if (decayed.length === 0)
      throw new KdlabError(
        `l2: no parameter of ${student.id} begins with "${only}"; it has ${Object.keys(student.params).join(', ')}`,
      );
    return {
      needs: {},
      teachers: 0,
      coupling: 'batch',
      loss: (_, { batch }) => {
        const squares = decayed.map(([, variable]) => tf.sum<tf.Scalar>(tf.square(variable as tf.Tensor)));
        const penalty = tf.mul(
          squares.reduce((sum, square) => tf.add(sum, square)),
          lambda / 2,
        );
        return { l2: tf.mul<tf.Tensor1D>(tf.ones([batch.size]), penalty) };
      },
    };
  },
});
