import type * as tf from '@tensorflow/tfjs';
import { writeWhole } from '../core/files';
import type { Model } from '../core/types';
import { optimize } from '../engine/program/optimize';
import { trace } from '../engine/trace';
import { version } from '../run/version';
import { anyBatch, oneBatch } from './batch';
import { onnxModel } from './model';

/** Two sizes of batch that no other length of a network is likely to have. Tracing computes nothing. */
const SIZES = [1009, 2003] as const;

/**
 * A model's forward pass in evaluation mode as an ONNX model: input `x` [batch, …input shape], output `logits`
 * [batch, classes]. The batch may be of any size; with `batch`, of that one only, which a model that computes differently
 * for different sizes needs. Throws KdlabError where it cannot be written.
 */
export function studentModel(model: Model, { batch }: { batch?: number } = {}): Uint8Array {
  const traced = (size: number) =>
    optimize(
      trace((scope) => ({
        logits: model.forward({ x: scope.placeholder('x', [size, ...model.inputShape]), size }, { training: false })
          .logits,
      })),
    );
  const [a, b] = SIZES;
  const from =
    batch === undefined
      ? anyBatch({ graph: traced(a), size: a }, { graph: traced(b), size: b })
      : oneBatch(traced(batch));
  const names = new Map<tf.Variable, string>(Object.entries(model.params).map(([name, variable]) => [variable, name]));
  return onnxModel(
    from,
    (variable) => ({ name: names.get(variable) ?? variable.name, values: variable.dataSync() as ArrayLike<number> }),
    {
      name: model.id,
      version,
      metadata: { model: model.id, inputShape: JSON.stringify(model.inputShape), classes: String(model.classes) },
    },
  );
}

/** Writes `studentModel` to a file, whole or not at all. */
export function exportStudent(model: Model, file: string, options: { batch?: number } = {}): void {
  writeWhole(file, Buffer.from(studentModel(model, options)));
}
