import * as tf from '@tensorflow/tfjs';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { flatRows, unitRows } from '../math/similarity';
import { layerMap, needsOf } from './parts/layer-map';

/**
 * Tung, Mori, "Similarity-Preserving Knowledge Distillation", 2019 (arXiv:1907.09682), eq. 1 to 4: ‖G_t − G_s‖²_F/b² with
 * G = F·Fᵀ of the flattened features F [b, …], its rows scaled to length 1. Term `similarity` [n] is a row's part: Σ_j (…)²/b,
 * so that the mean over the batch is the paper's number. Shapes may differ.
 */
export default objective({
  description: 'which examples of a batch are alike, as with the teacher (SP, Tung 2019)',
  paper: 'arXiv:1907.09682',
  options: section({ layers: layerMap('block2') }),
  build: ({ layers }) => ({
    needs: needsOf(layers),
    teachers: 1,
    coupling: 'batch',
    loss: (student, { teachers }) => {
      const gram = (features: tf.Tensor) => {
        const rows = flatRows(features);
        return unitRows(tf.matMul(rows, rows, false, true));
      };
      const parts = layers.map((pair) => {
        const [s, t] = [gram(tapOf(student, pair.student)), gram(tapOf(teachers[0]!, pair.teacher))];
        return tf.mean<tf.Tensor1D>(tf.squaredDifference(s, t), 1);
      });
      return { similarity: parts.reduce((sum, each) => tf.add(sum, each)) };
    },
  }),
});
