import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { dropout as drop } from '../../src/models/parts/dropout';
import { spmm } from '../../src/sparse/product';
import { graphOf } from '../batch';
import { linear } from '../layers/linear';
import { stack, stackShape } from '../layers/stack';

/**
 * Predict then propagate, Gasteiger, Bojchevski, Günnemann 2019 (arXiv:1810.05997): an MLP's logits H, then ten times
 * Z ← (1 − α) Â Z + α H. Taps `hidden<n>` of the MLP and `local`, H.
 */
export default model({
  description: 'an MLP whose predictions are passed on by personalised PageRank (Gasteiger et al. 2019)',
  input: 'flat',
  options: section({
    ...stackShape,
    hidden: stackShape.hidden.removeDefault().default([64]),
    hops: z.number().int().positive().default(10),
    teleport: z.number().min(0).max(1).default(0.1).describe('α, the share of the node’s own prediction at every hop'),
    edgeDropout: z.number().min(0).lt(1).default(0).describe('of the entries of Â, anew at every hop, in training'),
  }),
  build: ({ hops, teleport, edgeDropout, ...options }, place) => {
    const local = stack(place, { options, layer: linear });
    return {
      ...local,
      taps: [...local.taps, 'local'],
      forward: (batch, mode) => {
        const { loops } = graphOf(batch, place.id);
        const { logits: h, taps } = local.forward(batch, mode);
        const kept = tf.mul(h, teleport);
        let z: tf.Tensor2D = h;
        for (let hop = 0; hop < hops; hop++) {
          const values =
            mode.training && edgeDropout > 0
              ? drop(loops.values!, { rate: edgeDropout, draws: mode.draws?.split('edges', hop) })
              : undefined;
          z = tf.add(tf.mul(spmm(loops, z, values), 1 - teleport), kept);
        }
        return { logits: z, taps: { ...taps, local: h } };
      },
    };
  },
});
