import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { parameter } from '../core/params';
import { section } from '../core/section';
import { layerMap, needsOf } from './parts/layer-map';
import { regressor } from './parts/regressor';

/**
 * Ahn, Hu, Damianou, Lawrence, Dai, "Variational Information Distillation for Knowledge Transfer", 2019
 * (arXiv:1904.05835), eq. 4 to 6: ½·log σ² + (t − μ(s))²/(2σ²), the negative log likelihood of the teacher's features under
 * a Gaussian with a learned mean μ (here one linear map) and a learned variance of each channel, σ² = softplus(α) + ε;
 * averaged over the layer's elements. Below zero where σ is small. Terms `information` [n].
 */
export default objective({
  description: 'likelihood of the teacher’s features given the student’s (VID, Ahn 2019)',
  paper: 'arXiv:1904.05835',
  options: section({
    layers: layerMap('block2'),
    variance: z.number().positive().default(5).describe('of every channel at the start'),
    least: z.number().positive().default(1e-5).describe('ε, the smallest variance'),
  }),
  build: ({ layers, variance, least }, place) => {
    const start = Math.log(Math.expm1(Math.max(variance - least, least)));
    const parts = layers.map((pair, i) => {
      const { params, shape, apply } = regressor(`mean${i + 1}`, place, 'vid', pair);
      const channels = shape.at(-1)!;
      const alpha = parameter(`variance${i + 1}`, [channels], new Float32Array(channels).fill(start));
      return { pair, params: { ...params, [`variance${i + 1}`]: alpha }, apply, alpha };
    });
    return {
      needs: needsOf(layers),
      teachers: 1,
      coupling: 'example',
      params: Object.assign({}, ...parts.map((part) => part.params)),
      loss: (student, { teachers }) => {
        const likelihoods = parts.map(({ pair, apply, alpha }) => {
          const sigma2 = tf.add(tf.softplus(alpha), least);
          const mean = apply(tapOf<tf.Tensor>(student, pair.student));
          const squares = tf.squaredDifference(tapOf<tf.Tensor>(teachers[0]!, pair.teacher), mean);
          const each = tf.div(tf.add(tf.div(squares, sigma2), tf.log(sigma2)), 2);
          return tf.mean<tf.Tensor1D>(tf.reshape(each, [each.shape[0]!, -1]), 1);
        });
        return { information: likelihoods.reduce((sum, each) => tf.add(sum, each)) };
      },
    };
  },
});
