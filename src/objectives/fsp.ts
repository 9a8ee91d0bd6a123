import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { tapOf } from '../core/lesson';
import { objective } from '../core/objective';
import { section } from '../core/section';
import type { Outputs } from '../core/types';
import { meanSquaredError } from '../math/divergence';
import { mapShapes, needsOf, toGrid } from './parts/layer-map';
import { projectionWhereNeeded } from './parts/projection';

/**
 * Yim, Joo, Bae, Kim, "A Gift from Knowledge Distillation: Fast Optimization, Network Minimization and Transfer Learning",
 * CVPR 2017, eq. 1 to 2: the flow between two layers of a network as the matrix G = Σ_places F₁ᵀ·F₂/(h·w) of their
 * channels, mean squared difference between both networks. The paper has layers as wide on both sides; here a learned map
 * of the student's channels stands in between where they are not. Taps [n,h,w,c] → term `flow` [n].
 */
export default objective({
  description: 'how one block follows from another: products of their channels (FSP, Yim 2017)',
  paper: 'CVPR 2017, A Gift from Knowledge Distillation',
  options: section({
    from: z.string().default('block1').describe('tap of both, the earlier layer'),
    to: z.string().default('block2').describe('tap of both, the later layer'),
  }),
  build: ({ from, to }, place) => {
    const pairs = [from, to].map((name) => ({ student: name, teacher: name }));
    const maps = pairs.map((pair) => {
      const { student, teacher } = mapShapes(place, 'fsp', pair);
      return projectionWhereNeeded(`${pair.student}Channels`, place.rng.split('fsp'), student[2]!, teacher[2]!);
    });
    return {
      needs: needsOf(pairs),
      teachers: 1,
      coupling: 'example',
      params: { ...maps[0]!.params, ...maps[1]!.params },
      loss: (student, { teachers }) => {
        const mapped = (i: number) => {
          const map = tapOf<tf.Tensor4D>(student, pairs[i]!.student);
          const channels = maps[i]!.apply(tf.reshape(map, [-1, map.shape[3]]));
          return tf.reshape<tf.Rank.R4>(channels, [map.shape[0], map.shape[1], map.shape[2], channels.shape[1]]);
        };
        const theirs = (outputs: Outputs, name: string) => tapOf<tf.Tensor4D>(outputs, name);
        const target = flow(theirs(teachers[0]!, from), theirs(teachers[0]!, to));
        return { flow: meanSquaredError(target, flow(mapped(0), mapped(1))) };
      },
    };
  },
});

/** Products of the channels of two layers, averaged over the places of the smaller grid: [n,h,w,c₁], [n,h',w',c₂] → [n,c₁,c₂]. */
function flow(first: tf.Tensor4D, second: tf.Tensor4D): tf.Tensor3D {
  const [a, b] = toGrid(first, second).map((map) =>
    tf.reshape<tf.Rank.R3>(map, [map.shape[0], map.shape[1] * map.shape[2], map.shape[3]]),
  );
  return tf.div(tf.matMul(a!, b!, true, false), a!.shape[1]);
}
