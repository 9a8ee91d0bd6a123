import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../core/errors';
import type { Teacher } from '../core/types';
import { logSoftmax } from '../math/divergence';

/**
 * Several teachers as one: the logarithm of their mean probabilities stands as logits (arithmetic mean,
 * Hinton 2015, section 3). [n,c] each → [n,c]. No taps. Throws KdlabError where members differ in shape.
 */
export function ensembleTeacher(members: readonly Teacher[]): Teacher {
  const first = members[0];
  if (first === undefined) throw new KdlabError('an ensemble needs at least one teacher, found none');
  for (const { id, classes, inputShape } of members)
    if (classes !== first.classes || inputShape.join() !== first.inputShape.join())
      throw new KdlabError(
        `ensemble members differ: ${first.id} maps [${first.inputShape}] to ${first.classes} classes, ` +
          `${id} [${inputShape}] to ${classes}; an ensemble averages equal shapes only`,
      );
  return {
    id: `ensemble(${members.map((member) => member.id).join(', ')})`,
    inputShape: first.inputShape,
    classes: first.classes,
    taps: [],
    lookup: members.some((member) => member.lookup === true),
    check: (source) => {
      for (const member of members) member.check?.(source);
    },
    signal: (batch) => ({
      logits: tf.tidy(() => {
        const perMember = members.map((member) => logSoftmax(member.signal(batch).logits));
        return tf.sub<tf.Tensor2D>(tf.logSumExp(tf.stack(perMember), 0), Math.log(members.length));
      }),
      taps: {},
    }),
  };
}
