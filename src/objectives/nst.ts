import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { gridShapes, layerMap, needsOf, toGrid } from './parts/layer-map';

/**
 * Huang, Wang, "Like What You Like: Knowledge Distill via Neuron Selectivity Transfer", 2017 (arXiv:1707.01219), eq. 4 to
 * 6: squared maximum mean discrepancy between the channels of both sides, each a vector over the grid scaled to length 1,
 * with k(a, b) = a·b or (a·b)². Channels need not be as many. Taps [n,h,w,c] → term `selectivity` [n].
 */
export default objective({
  description: 'distribution of the channels’ activation patterns (NST, Huang 2017)',
  paper: 'arXiv:1707.01219',
  options: section({
    layers: layerMap('block2'),
    kernel: z.enum(['linear', 'polynomial']).default('polynomial'),
  }),
  build: ({ layers, kernel }, place) => {
    for (const pair of layers) gridShapes(place, 'nst', pair);
    const mean = (a: tf.Tensor3D, b: tf.Tensor3D) => {
      const products = tf.matMul(a, b, false, true);
      return tf.mean<tf.Tensor1D>(kernel === 'linear' ? products : tf.square(products), [1, 2]);
    };
    return {
      needs: needsOf(layers),
      teachers: 1,
      coupling: 'example',
      loss: (student, { teachers }) => {
        const discrepancies = layers.map((pair) => {
          const maps = toGrid(tapOf(student, pair.student), tapOf(teachers[0]!, pair.teacher));
          const [s, t] = maps.map(channelPatterns) as [tf.Tensor3D, tf.Tensor3D];
          return tf.sub<tf.Tensor1D>(tf.add(mean(s, s), mean(t, t)), tf.mul(mean(s, t), 2));
        });
        return { selectivity: discrepancies.reduce((sum, each) => tf.add(sum, each)) };
      },
    };
  },
});

/** Each channel as a vector of length 1 over the grid: [n,h,w,c] → [n,c,h·w]. */
function channelPatterns(map: tf.Tensor4D): tf.Tensor3D {
  const [n, h, w, channels] = map.shape;
  const patterns: tf.Tensor3D = tf.transpose(tf.reshape(map, [n, h * w, channels]), [0, 2, 1]);
  return tf.mul(patterns, tf.rsqrt(tf.add(tf.sum(tf.square(patterns), 2, true), 1e-12)));
}
