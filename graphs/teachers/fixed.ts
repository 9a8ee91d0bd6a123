import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../src/core/errors';
import type { Batch, Model, Outputs, Teacher } from '../../src/core/types';

export interface FixedTeacherOptions {
  readonly model: Model;
  /** What the teacher sees: the student's nodes in the same order, with the same edges or others. */
  readonly batch: Batch;
  /** Taps that are kept. */
  readonly taps?: readonly string[];
  /** Further taps [nodes, …] computed from the trained model, by name. */
  readonly further?: Readonly<Record<string, (model: Model, batch: Batch) => tf.Tensor>>;
}

/**
 * A trained model's signal on one batch, computed when first asked for and held from then on. The teacher must be trained
 * by then. Of fewer nodes it gives the rows that their ids name. Throws KdlabError where it has no such tap, or is asked
 * about another number of nodes that have no ids.
 */
export function fixedTeacher({ model, batch, taps = [], further = {} }: FixedTeacherOptions): Teacher {
  for (const tap of taps)
    if (!model.taps.includes(tap) && further[tap] === undefined)
      throw new KdlabError(`teacher ${model.id} has no tap "${tap}"; it has ${model.taps.join(', ') || 'none'}`);
  let held: Outputs | undefined;
  const compute = (): Outputs =>
    tf.tidy(() => {
      const outputs = model.forward(batch, { training: false });
      const kept = taps.map((tap) => [tap, tf.keep(further[tap]?.(model, batch) ?? outputs.taps[tap]!)]);
      return { logits: tf.keep(outputs.logits), taps: Object.fromEntries(kept) };
    });
  return {
    id: `fixed(${model.id})`,
    inputShape: model.inputShape,
    classes: model.classes,
    taps,
    lookup: true,
    signal: ({ size, ids }) => {
      if (size !== batch.size && ids === undefined)
        throw new KdlabError(`teacher ${model.id} knows ${batch.size} nodes, it is asked about ${size}`);
      held ??= compute();
      return size === batch.size ? held : rowsOf(held, ids!);
    },
  };
}

function rowsOf({ logits, taps }: Outputs, ids: Int32Array): Outputs {
  const rows = tf.tensor1d(ids, 'int32');
  return {
    logits: tf.gather(logits, rows),
    taps: Object.fromEntries(Object.entries(taps).map(([name, tap]) => [name, tf.gather(tap, rows)])),
  };
}
