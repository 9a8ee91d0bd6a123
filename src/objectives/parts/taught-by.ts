import type { Objective } from '../../core/types';

/** The same objective taught by some of a stage's teachers, by their numbers, as if there were no others. */
export function taughtBy(objective: Objective, teachers: readonly number[]): Objective {
  return {
    ...objective,
    teachers: objective.teachers === 0 ? 0 : Math.max(...teachers) + 1,
    loss: (student, { batch, teachers: all }, at) =>
      objective.loss(student, { batch, teachers: teachers.map((i) => all[i]!) }, at),
  };
}
