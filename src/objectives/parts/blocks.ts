import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../core/errors';
import type { ObjectivePlace } from '../../core/objective';
import type { Projection } from './projection';
import type { TapPair } from './taps';

export const layersSchema = z
  .union([z.enum(['uniform', 'last']), z.array(z.number().int().positive()).min(1)])
  .default('uniform')
  .describe('which teacher layer each student layer learns from: evenly spaced, the last ones, or a list');

/**
 * Pairs of taps `<kind><l>` of student and teacher, one for each layer of the student; `uniform` is g(m) = m·N/M rounded
 * up (TinyBERT, Jiao et al. 2020, section 4.1). Throws KdlabError where a network has no such taps, has more layers than
 * its teacher, or the list does not fit.
 */
export function layerPairs(
  place: ObjectivePlace,
  asker: string,
  kind: string,
  layers: z.output<typeof layersSchema>,
): TapPair[] {
  const count = (side: string, of: { readonly id: string; readonly taps: readonly string[] }) => {
    const found = of.taps.filter((tap) => new RegExp(`^${kind}\\d+$`).test(tap)).length;
    if (found === 0)
      throw new KdlabError(
        `${asker} reads ${kind}1, ${kind}2, … of the ${side}; ${of.id} has ${of.taps.join(', ') || 'no taps'}`,
      );
    return found;
  };
  const teacher = place.teachers[0];
  if (teacher === undefined) throw new KdlabError(`${asker} learns from a teacher, found none`);
  const [ours, theirs] = [count('student', place.student), count('teacher', teacher)];
  if (Array.isArray(layers) && (layers.length !== ours || layers.some((layer) => layer > theirs)))
    throw new KdlabError(
      `${asker}: layers [${layers}] must name a teacher layer from 1 to ${theirs} for each of the student's ${ours} layers`,
    );
  if (!Array.isArray(layers) && ours > theirs)
    throw new KdlabError(
      `${asker}: the student has ${ours} layers, its teacher ${theirs}; name the teacher's layers by a list of ${ours}`,
    );
  return Array.from({ length: ours }, (_, i) => {
    const layer = Array.isArray(layers)
      ? layers[i]!
      : layers === 'last'
        ? theirs - ours + i + 1
        : Math.ceil(((i + 1) * theirs) / ours);
    return { student: `${kind}${i + 1}`, teacher: `${kind}${layer}` };
  });
}

/** A map of rows on the last axis of a tap: [n, …, from] → [n, …, to]. */
export function mapRows(x: tf.Tensor, { apply }: Projection): tf.Tensor {
  const width = x.shape.at(-1)!;
  const mapped = apply(tf.reshape(x, [x.size / width, width]));
  return tf.reshape(mapped, [...x.shape.slice(0, -1), mapped.shape[1]]);
}

/**
 * KL of rows of probabilities on the last axis, averaged over the teacher's rows that sum to 1 (those of padding are 0):
 * [n, …, k] both → [n].
 */
export function rowsKl(teacher: tf.Tensor, student: tf.Tensor): tf.Tensor1D {
  const axes = teacher.shape.map((_, axis) => axis).slice(1);
  const log = (x: tf.Tensor) => tf.log(tf.add(x, TINY));
  const sum = tf.sum<tf.Tensor1D>(tf.mul(teacher, tf.sub(log(teacher), log(student))), axes);
  return tf.div(sum, tf.maximum(tf.sum<tf.Tensor1D>(teacher, axes), TINY));
}

/** Keeps the logarithm of a masked probability finite. */
const TINY = 1e-8;
