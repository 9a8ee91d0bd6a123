import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Batch, Model, Source } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { squaresOf, total } from '../clipping';
import { partOf } from '../lesson-parts';
import { ghostGradients } from './ghost';
import { loopGradients } from './loop';

const EXAMPLES = 3;
const TOLERANCE = 1e-3;

/**
 * Compares the norms of a few examples' gradients with those of one example after the other, for random losses of the
 * logits: a model that merges its axes in another order than example by example, or lets one example see another, would
 * be clipped wrongly. Throws KdlabError where they differ.
 */
export function verifyNorms(model: Model, source: Source): void {
  tf.tidy(() => {
    const rng = Rng.root(0).split('norms');
    const batch = source.example === undefined ? randomBatch(model, rng) : firstOf(source.example());
    const weights = tf.tensor2d(rng.split('weights').normal(batch.size * model.classes), [batch.size, model.classes]);
    const lossOf = (part: Batch, own: tf.Tensor) =>
      tf.sum<tf.Scalar>(tf.mul(model.forward(part, { training: false }).logits, own));
    const ghost = ghostGradients(() => lossOf(batch, weights), model.params, batch.size).gradients;
    const { gradients: loop } = loopGradients(
      (i) => lossOf(partOf({ batch, teachers: [] }, i, 1).batch, tf.slice(weights, i, 1)),
      model.params,
      batch.size,
    );
    const [found, expected] = [ghost, loop].map((gradients) => total(squaresOf(gradients)).dataSync());
    expected!.forEach((square, i) => {
      if (Math.abs(found![i]! - square) > TOLERANCE * square)
        throw new KdlabError(
          `dp-sgd: the gradient of example ${i} by model ${model.id} has the norm ${Math.sqrt(square)}, the fast way makes ` +
            `it ${Math.sqrt(found![i]!)}: the model mixes examples or orders them unusually. Set norms: loop.`,
        );
    });
  });
}

function randomBatch({ inputShape }: Model, rng: Rng): Batch {
  const size = EXAMPLES * inputShape.reduce((product, length) => product * length, 1);
  return { x: tf.tensor(rng.split('x').normal(size), [EXAMPLES, ...inputShape]), size: EXAMPLES };
}

function firstOf(batch: Batch): Batch {
  return partOf({ batch, teachers: [] }, 0, Math.min(EXAMPLES, batch.size)).batch;
}
