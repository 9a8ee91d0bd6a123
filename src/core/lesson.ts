import type * as tf from '@tensorflow/tfjs';
import { KdlabError } from './errors';
import type { Batch, Outputs } from './types';

/** The labels of a batch; throws a KdlabError naming who asked where it has none. */
export function labelsOf(batch: Batch, asker: string): tf.Tensor1D {
  if (batch.y !== undefined) return batch.y;
  throw new KdlabError(`${asker} needs labels, but this source has none; use a labelled source or set alpha: 1`);
}

/** A named extra of a batch; throws a KdlabError naming who asked and what there is. */
export function extraOf(batch: Batch, name: string, asker: string): tf.Tensor {
  const extra = batch.extras?.[name];
  if (extra !== undefined) return extra;
  const found = Object.keys(batch.extras ?? {}).join(', ') || 'none';
  throw new KdlabError(`${asker} needs "${name}" with each batch, but this source attaches: ${found}`);
}

/** A tap by its name, or the logits. Whether it is there is checked before training. */
export function tapOf<T extends tf.Tensor = tf.Tensor2D>(outputs: Outputs, name: string): T {
  return (name === 'logits' ? outputs.logits : outputs.taps[name]) as tf.Tensor as T;
}
