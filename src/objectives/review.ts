import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { parameter } from '../core/params';
import { section } from '../core/section';
import type { Params } from '../core/types';
import { meanSquaredError } from '../math/divergence';
import { glorotUniform } from '../models/parts/initializers';
import { layerMap, mapShapes, needsOf, pooled } from './parts/layer-map';

/**
 * Chen, Liu, Zhao, Jia, "Distilling Knowledge via Knowledge Review", 2021 (arXiv:2104.09044), figure 3 and eq. 5: from the
 * deepest pair back to the first, the student's map is fused with what came from deeper, f_i = z₁·f_i + z₂·up(f_{i+1}) with
 * z = sigmoid of a 1×1 convolution of both, and a 3×3 convolution of f_i learns the teacher's map. Maps are compared as they
 * are and averaged to 4×4, 2×2 and 1×1 (where that divides them) at weights 1, ½, ¼, ⅛ over their sum. The paper's
 * convolutions have batch normalisation, these have none. Taps [n,h,w,c], from shallow to deep → term `review` [n].
 */
export default objective({
  description: 'blocks fused from deep to shallow learn the teacher’s at several scales (review, Chen 2021)',
  paper: 'arXiv:2104.09044',
  options: section({
    layers: layerMap('block1', 'block2'),
    width: z.number().int().positive().default(16).describe('channels that all maps are brought to'),
  }),
  build: ({ layers, width }, place) => {
    const rng = place.rng.split('review');
    const params: Record<string, tf.Variable> = {};
    const kernel = (name: string, shape: [number, number, number, number]) => {
      params[name] = parameter(name, shape, glorotUniform(rng, name, shape));
      return params[name] as tf.Tensor as tf.Tensor4D;
    };
    const stages = layers.map((pair, i) => {
      const { student, teacher } = mapShapes(place, 'review', pair);
      return {
        pair,
        entry: kernel(`entry${i + 1}`, [1, 1, student[2]!, width]),
        attention: i === layers.length - 1 ? undefined : kernel(`attention${i + 1}`, [1, 1, 2 * width, 2]),
        exit: kernel(`exit${i + 1}`, [3, 3, width, teacher[2]!]),
      };
    });
    return {
      needs: needsOf(layers),
      teachers: 1,
      coupling: 'example',
      params: params satisfies Params,
      loss: (student, { teachers }) => {
        let deeper: tf.Tensor4D | undefined;
        const parts = [...stages].reverse().map(({ pair, entry, attention, exit }) => {
          let fused: tf.Tensor4D = tf.conv2d(tapOf<tf.Tensor4D>(student, pair.student), entry, 1, 'same');
          if (deeper !== undefined && attention !== undefined) {
            const above = enlarged(deeper, fused.shape[1], fused.shape[2]);
            const shares = tf.sigmoid(tf.conv2d(tf.concat([fused, above], 3), attention, 1, 'same'));
            const [own, other] = tf.split(shares, 2, 3);
            fused = tf.add(tf.mul(fused, own!), tf.mul(above, other!));
          }
          deeper = fused;
          return atSeveralScales(tapOf(teachers[0]!, pair.teacher), tf.conv2d(fused, exit, 1, 'same'));
        });
        return { review: parts.reduce((sum, each) => tf.add(sum, each)) };
      },
    };
  },
});

/** Each place of the larger grid has the nearest of the smaller. */
function enlarged(map: tf.Tensor4D, h: number, w: number): tf.Tensor4D {
  const nearest = (to: number, from: number) =>
    tf.tensor1d(
      Int32Array.from({ length: to }, (_, i) => Math.floor((i * from) / to)),
      'int32',
    );
  const rows: tf.Tensor4D = map.shape[1] === h ? map : tf.gather(map, nearest(h, map.shape[1]), 1);
  return map.shape[2] === w ? rows : tf.gather(rows, nearest(w, map.shape[2]), 2);
}

/** Mean squared differences of the maps as they are and averaged to coarser grids, weighted. [n,h,w,c] both → [n]. */
function atSeveralScales(teacher: tf.Tensor4D, given: tf.Tensor4D): tf.Tensor1D {
  const [, h, w] = teacher.shape;
  const student = given.shape[1] === h && given.shape[2] === w ? given : enlarged(given, h, w);
  const coarser = [4, 2, 1].filter((side) => side < Math.min(h, w) && h % side === 0 && w % side === 0);
  const weights = [1, ...coarser.map((_, i) => 0.5 ** (i + 1))];
  const total = weights.reduce((a, b) => a + b);
  const each = [
    meanSquaredError(teacher, student),
    ...coarser.map((side) => meanSquaredError(pooled(teacher, side, side), pooled(student, side, side))),
  ];
  return each.map((error, i) => tf.mul<tf.Tensor1D>(error, weights[i]! / total)).reduce((a, b) => tf.add(a, b));
}
