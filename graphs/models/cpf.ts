import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { labelsOf } from '../../src/core/lesson';
import { model } from '../../src/core/model';
import { section } from '../../src/core/section';
import { together } from '../../src/models/parts/cost';
import { edgeScores, segmentSoftmax } from '../../src/sparse/attention';
import { spmm } from '../../src/sparse/product';
import { graphOf } from '../batch';
import { linear } from '../layers/linear';
import { featuresOf } from '../layers/node-input';
import { featureWidth, stack, stackShape } from '../layers/stack';
import { Weights } from '../layers/weights';

/** Added to probabilities before the logarithm. */
const LEAST = 1e-8;

/**
 * Parameterised label propagation with feature transformation, Yang, Liu, Shi 2021 (arXiv:2103.02885), inductive form:
 * f ← α_v Σ_u w_vu f(u) + (1 − α_v) FT(v) over the node and its neighbours, w the softmax of a confidence c_u = z · x_u,
 * α_v = σ(a · x_v + b), FT the softmax of an MLP. It starts from the labels known in the batch (one-hot; uniform where −1)
 * and gives log f as logits. Its loss must not count nodes whose labels it starts from. Taps `local`, FT's logits.
 */
export default model({
  description: 'label propagation with learnt weights, mixed with an MLP (CPF, Yang et al. 2021)',
  input: 'flat',
  options: section({
    ...stackShape,
    hidden: stackShape.hidden.removeDefault().default([64]),
    hops: z.number().int().positive().default(8).describe('rounds of propagation'),
  }),
  build: ({ hops, ...options }, place) => {
    const { id, classes } = place;
    const local = stack(place, { options, layer: linear });
    const weights = new Weights(place);
    const confidence = weights.kernel('propagation/confidence', featureWidth(place), 1);
    const balance = weights.kernel('propagation/balance', featureWidth(place), 1);
    const balanceBias = weights.bias('propagation/balanceBias', 1);
    const cost = together(local.cost, weights.cost);
    return {
      ...local,
      params: { ...local.params, ...weights.params },
      taps: [...local.taps, 'local'],
      cost,
      forward: (batch, mode) => {
        const { loops, nodes } = graphOf(batch, id);
        const labels = labelsOf(batch, id);
        const { logits, taps } = local.forward(batch, mode);
        const own = tf.softmax(logits);
        const input = featuresOf(batch, id);
        const given = mode.training ? input.dropped(options.dropout, mode.draws?.split('propagation')) : input;
        const scores = edgeScores(loops, tf.zeros([nodes, 1]), given.project(confidence));
        const shares = tf.reshape(segmentSoftmax(loops, scores), [-1]) as tf.Tensor as tf.Tensor1D;
        const mixed = tf.sigmoid(tf.add(given.project(balance), balanceBias) as tf.Tensor2D);
        const known = tf.reshape(tf.cast(tf.greaterEqual(labels, 0), 'float32'), [nodes, 1]);
        const uniform = tf.div(tf.sub(1, known), classes);
        let f: tf.Tensor2D = tf.add(tf.cast(tf.oneHot(labels, classes), 'float32'), uniform);
        for (let hop = 0; hop < hops; hop++)
          f = tf.add(tf.mul(mixed, spmm(loops, f, shares)), tf.mul(tf.sub<tf.Tensor2D>(1, mixed), own));
        return { logits: tf.log(tf.add(f, LEAST)) as tf.Tensor2D, taps: { ...taps, local: logits } };
      },
    };
  },
});
