import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { flatRows, unitRows } from '../math/similarity';
import { gridShapes, layerMap, needsOf, toGrid } from './parts/layer-map';

/** Keeps the gradient of a norm finite at zero. */
const LEAST = 1e-12;

/**
 * Zagoruyko, Komodakis, "Paying More Attention to Attention", 2017 (arXiv:1612.03928), eq. 2:
 * ½·Σ_j ‖Q_s/‖Q_s‖₂ − Q_t/‖Q_t‖₂‖₂ with attention Q = vec(Σ_c |A_c|^p) of feature maps A; the paper's β is the weight in the
 * list of objectives. `mean-square` is the form of most programs: the mean squared difference of the unit maps.
 * Taps [n,h,w,c], any number of channels → term `attention` [n].
 */
export default objective({
  description: 'where in the image: attention maps of blocks as the teacher’s (AT, Zagoruyko 2017)',
  paper: 'arXiv:1612.03928',
  options: section({
    layers: layerMap('block1', 'block2'),
    power: z.number().positive().default(2),
    form: z.enum(['norm', 'mean-square']).default('norm'),
  }),
  build: ({ layers, power, form }, place) => {
    for (const pair of layers) gridShapes(place, 'at', pair);
    const attention = (map: tf.Tensor4D) =>
      unitRows(flatRows(tf.sum(power === 2 ? tf.square(map) : tf.pow(tf.abs(map), power), 3)));
    return {
      needs: needsOf(layers),
      teachers: 1,
      coupling: 'example',
      loss: (student, { teachers }) => {
        const apart = layers.map((pair) => {
          const [s, t] = toGrid(tapOf(student, pair.student), tapOf(teachers[0]!, pair.teacher));
          const squares = tf.squaredDifference(attention(s), attention(t));
          if (form === 'mean-square') return tf.mean<tf.Tensor1D>(squares, 1);
          const length = tf.sqrt(tf.maximum<tf.Tensor1D>(tf.sum<tf.Tensor1D>(squares, 1), LEAST));
          return tf.div<tf.Tensor1D>(tf.sub(length, Math.sqrt(LEAST)), 2);
        });
        return { attention: apart.reduce((sum, each) => tf.add(sum, each)) };
      },
    };
  },
});
