import * as tf from '@tensorflow/tfjs';
import type { Batch, Lesson, Outputs } from '../src/core/types';

/** Examples `from` … `from + size` of a lesson as a lesson. */
export function partOf({ batch, teachers }: Lesson, from: number, size: number): Lesson {
  const cut = <T extends tf.Tensor>(x: T): T => tf.slice(x, from, size) as T;
  const all = (tensors: Readonly<Record<string, tf.Tensor>>) =>
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, cut(tensor)]));
  const part: Batch = {
    x: cut(batch.x),
    ...(batch.y && { y: cut(batch.y) }),
    ...(batch.mask && { mask: cut(batch.mask) }),
    ...(batch.extras && { extras: all(batch.extras) }),
    ...(batch.ids && { ids: batch.ids.subarray(from, from + size) }),
    size,
  };
  return {
    batch: part,
    teachers: teachers.map(({ logits, taps }): Outputs => ({ logits: cut(logits), taps: all(taps) })),
  };
}

/** A lesson in parts of at most `size` examples. */
export function partsOf(lesson: Lesson, size: number): Lesson[] {
  const count = Math.ceil(lesson.batch.size / size);
  if (count <= 1) return [lesson];
  return Array.from({ length: count }, (_, i) =>
    partOf(lesson, i * size, Math.min(size, lesson.batch.size - i * size)),
  );
}
