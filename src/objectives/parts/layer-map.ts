import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import { KdlabError } from '../../core/errors';
import type { ObjectivePlace } from '../../core/objective';
import { section } from '../../core/section';
import { type TapPair, type TapShapes, tapShapes } from './taps';

/** Which tap of the student learns from which of the teacher: `[block1, {student: block2, teacher: block4}]`. */
export function layerMap(...names: readonly string[]) {
  const pair = section({ student: z.string(), teacher: z.string() });
  const entry = z.union([z.string().transform((name): TapPair => ({ student: name, teacher: name })), pair]);
  return z
    .array(entry)
    .min(1)
    .default(names.map((name) => ({ student: name, teacher: name })))
    .describe('pairs of taps {student, teacher}, or a name that both have');
}

/** What an objective that reads these pairs needs of both sides. */
export function needsOf(layers: readonly TapPair[]): { student: string[]; teacher: string[] } {
  return { student: layers.map((pair) => pair.student), teacher: layers.map((pair) => pair.teacher) };
}

/** The shapes of a pair of feature maps [h,w,c]. Throws KdlabError where one is none. */
export function mapShapes(place: ObjectivePlace, asker: string, pair: TapPair): TapShapes {
  const shapes = tapShapes(place, asker, pair);
  for (const side of ['student', 'teacher'] as const)
    if (shapes[side].length !== 3)
      throw new KdlabError(
        `${asker} compares feature maps [h,w,c]; the ${side}'s "${pair[side]}" has shape [${shapes[side]}]. ` +
          'Name a convolutional block, or use an objective for flat features (fitnets, sp, rkd, pkt, crd).',
      );
  return shapes;
}

/**
 * As `mapShapes`, and the grids are equal, or one is a whole multiple of the other and is averaged down to it by `toGrid`.
 * Throws KdlabError otherwise.
 */
export function gridShapes(place: ObjectivePlace, asker: string, pair: TapPair): TapShapes {
  const shapes = mapShapes(place, asker, pair);
  const [[sh = 0, sw = 0], [th = 0, tw = 0]] = [shapes.student, shapes.teacher];
  const fits = (a: number, b: number) => a % b === 0;
  if (!((fits(sh, th) && fits(sw, tw)) || (fits(th, sh) && fits(tw, sw))))
    throw new KdlabError(
      `${asker} compares maps place by place; the student's "${pair.student}" is ${sh}×${sw}, the teacher's ` +
        `"${pair.teacher}" ${th}×${tw}. Pair layers of one size, or of sizes that are multiples of each other.`,
    );
  return shapes;
}

/** Both maps on the smaller of their grids, the larger averaged. [n,h,w,c] each. */
export function toGrid(student: tf.Tensor4D, teacher: tf.Tensor4D): [student: tf.Tensor4D, teacher: tf.Tensor4D] {
  const [h, w] = [Math.min(student.shape[1], teacher.shape[1]), Math.min(student.shape[2], teacher.shape[2])];
  return [pooled(student, h, w), pooled(teacher, h, w)];
}

/** A map averaged over windows down to h × w, which divide its own height and width. */
export function pooled(map: tf.Tensor4D, h: number, w: number): tf.Tensor4D {
  if (map.shape[1] === h && map.shape[2] === w) return map;
  const window: [number, number] = [map.shape[1] / h, map.shape[2] / w];
  return tf.avgPool(map, window, window, 'valid');
}
