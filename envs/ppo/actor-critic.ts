import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Model, Params } from '../../src/core/types';
import { together } from '../../src/models/parts/cost';

/**
 * A policy and a value function trained as one model: the policy's logits, and the tap `value` [n]. They share no
 * parameter, and `policy` alone is what is evaluated and distilled. The value is computed when the tap is read, so
 * acting does not pay for it; read it within the tidy of the forward pass.
 * Throws a KdlabError where the value model has more than one output or another input than the policy.
 */
export function actorCritic({ id, policy, value }: { id: string; policy: Model; value: Model }): Model {
  const { inputShape, classes, taps } = policy;
  if (value.classes !== 1 || String(value.inputShape) !== String(inputShape))
    throw new KdlabError(
      `actor-critic ${id}: the value model maps [${value.inputShape}] to ${value.classes} numbers; ` +
        `expected [${inputShape}] to 1`,
    );
  return {
    id,
    inputShape,
    classes,
    params: { ...prefixed('policy', policy.params), ...prefixed('value', value.params) },
    taps: [...taps, 'value'],
    coupling: policy.coupling === 'batch' || value.coupling === 'batch' ? 'batch' : 'example',
    cost: together(policy.cost, value.cost),
    forward: (batch, { training, draws }) => {
      const outputs = policy.forward(batch, { training, ...(draws && { draws: draws.split('policy') }) });
      return {
        logits: outputs.logits,
        taps: {
          ...outputs.taps,
          get value() {
            const { logits } = value.forward(batch, { training, ...(draws && { draws: draws.split('value') }) });
            return tf.reshape(logits, [batch.size]);
          },
        },
      };
    },
  };
}

function prefixed(part: string, params: Params): Params {
  return Object.fromEntries(Object.entries(params).map(([name, variable]) => [`${part}/${name}`, variable]));
}
