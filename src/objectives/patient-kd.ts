import * as tf from '@tensorflow/tfjs';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import { layerPairs, layersSchema } from './parts/blocks';
import { projectionWhereNeeded } from './parts/projection';
import { tapShapes } from './parts/taps';

/**
 * Sun et al., "Patient Knowledge Distillation for BERT", 2019 (arXiv:1908.09355), equation 7: squared distance of the
 * first token's rows, each brought to length 1, layer by layer without the last one, which `kd` teaches. `uniform` is
 * PKD-Skip, `last` PKD-Last. The paper's widths are equal; where they are not, a learned map is ours. Term `patience` [n],
 * the mean over layers.
 */
export default objective({
  description: 'first token’s rows of the layers below the last as the teacher’s (patient KD, Sun 2019)',
  paper: 'arXiv:1908.09355',
  options: section({ layers: layersSchema }),
  build: ({ layers }, place) => {
    const all = layerPairs(place, 'patient-kd', 'hidden', layers);
    // A student of one layer has none below its last.
    const pairs = all.length === 1 ? all : all.slice(0, -1);
    const { student: ours, teacher: theirs } = tapShapes(place, 'patient-kd', pairs[0]!);
    const { params, apply } = projectionWhereNeeded('map', place.rng.split('map'), ours.at(-1)!, theirs.at(-1)!);
    return {
      needs: { student: pairs.map(({ student }) => student), teacher: pairs.map(({ teacher }) => teacher) },
      teachers: 1,
      coupling: 'example',
      params,
      loss: (student, { teachers }) => {
        const distances = pairs.map((pair) => {
          const ours = unit(apply(firstToken(tapOf<tf.Tensor>(student, pair.student))));
          const target = unit(firstToken(tapOf<tf.Tensor>(teachers[0]!, pair.teacher)));
          return tf.sum<tf.Tensor1D>(tf.squaredDifference(ours, target), 1);
        });
        return { patience: tf.div<tf.Tensor1D>(tf.addN(distances), pairs.length) };
      },
    };
  },
});

/** [n, length, width] → [n, width]; rows that are one already stay. */
function firstToken(tap: tf.Tensor): tf.Tensor2D {
  if (tap.rank === 2) return tap as tf.Tensor2D;
  const [n, , width] = tap.shape as [number, number, number];
  return tf.reshape(tf.slice(tap, [0, 0, 0], [n, 1, width]), [n, width]);
}

function unit(rows: tf.Tensor2D): tf.Tensor2D {
  return tf.mul(rows, tf.rsqrt(tf.add(tf.sum(tf.square(rows), 1, true), 1e-12)));
}
