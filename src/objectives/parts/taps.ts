import * as tf from '@tensorflow/tfjs';
import { KdlabError } from '../../core/errors';
import { tapOf } from '../../core/lesson';
import type { ObjectivePlace } from '../../core/objective';
import type { Outputs } from '../../core/types';

/** A tap of the student and the tap of the teacher that it is to be like. */
export interface TapPair {
  readonly student: string;
  readonly teacher: string;
}

/** The shapes that one example's tap has on both sides, without the example axis. */
export interface TapShapes {
  readonly student: readonly number[];
  readonly teacher: readonly number[];
}

/**
 * The shapes of a pair of taps, found by asking both networks once. Throws KdlabError where a side has no such tap or
 * there is no teacher.
 */
export function tapShapes(place: ObjectivePlace, asker: string, pair: TapPair): TapShapes {
  const { student, teachers, batch } = place;
  const teacher = teachers[0];
  if (teacher === undefined) throw new KdlabError(`${asker} learns from a teacher, found none`);
  const shape = (side: keyof TapPair, of: { id: string; taps: readonly string[] }, ask: () => Outputs) =>
    tf.tidy(() => {
      if (pair[side] !== 'logits' && !of.taps.includes(pair[side]))
        throw new KdlabError(
          `${asker} reads the ${side}'s "${pair[side]}"; ${of.id} has ${of.taps.join(', ') || 'no taps'}`,
        );
      return tapOf<tf.Tensor>(ask(), pair[side]).shape.slice(1);
    });
  return {
    student: shape('student', student, () => student.forward(batch, { training: false })),
    teacher: shape('teacher', teacher, () => teacher.signal(batch)),
  };
}

/** The widths of a pair of flat taps [n, width]; a tap [n] has width 1. Throws as `tapShapes` does. */
export function tapWidths(place: ObjectivePlace, asker: string, pair: TapPair): { student: number; teacher: number } {
  const { student, teacher } = tapShapes(place, asker, pair);
  return { student: student[0] ?? 1, teacher: teacher[0] ?? 1 };
}
