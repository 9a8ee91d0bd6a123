import * as tf from '@tensorflow/tfjs';
import { type Schedule, valueAt } from './schedule';
import type { Moment, Progress } from './types';

/** Schedules as they stand at a point of training. */
export function momentAt(at: Progress): Moment {
  return { value: (schedule) => tf.scalar(valueAt(schedule, at)) };
}

/** False where a schedule is the constant 0: what it weighs can be left out. */
export function isUsed(schedule: Schedule): boolean {
  return schedule !== 0;
}
