import * as tf from '@tensorflow/tfjs';
import { KdlabError, messageOf } from './errors';
import type { Stage } from './trainer';
import type { Batch } from './types';

/**
 * Everything that can be known to go wrong before the first step: shapes, missing teachers and taps, estimators and
 * caches that do not fit the source. Throws a KdlabError naming the stage.
 */
export function checkStage(stage: Stage): void {
  const { name, learners, teachers, source } = stage;
  const refuse = (message: string): never => {
    throw new KdlabError(`stage "${name}": ${message}`);
  };
  if (!(stage.steps >= 1)) refuse(`steps is ${stage.steps}, expected at least 1`);
  for (const teacher of teachers) {
    if (!isFlatForm(teacher.inputShape, source.inputShape))
      sameShape('teacher', teacher.id, teacher.inputShape, source.inputShape, refuse);
    teacher.check?.(source);
  }
  for (const { student, objective, estimator } of learners) {
    sameShape('student', student.id, student.inputShape, source.inputShape, refuse);
    if (teachers.length < objective.teachers)
      refuse(`objective "${objective.name}" learns from ${objective.teachers} teacher(s), found ${teachers.length}`);
    for (const tap of objective.needs.student ?? [])
      if (tap !== 'logits' && !student.taps.includes(tap))
        refuse(`objective "${objective.name}" reads the student's "${tap}"; ${student.id} has ${list(student.taps)}`);
    for (const teacher of teachers.slice(0, objective.teachers)) {
      for (const tap of objective.needs.teacher ?? [])
        if (tap !== 'logits' && !teacher.taps.includes(tap))
          refuse(`objective "${objective.name}" reads the teacher's "${tap}"; ${teacher.id} has ${list(teacher.taps)}`);
      if (objective.needs.teacher?.includes('logits') && teacher.classes !== student.classes)
        refuse(
          `teacher ${teacher.id} gives logits of shape [n, ${teacher.classes}], student ${student.id} [n, ${student.classes}]; ` +
            `"${objective.name}" compares them class by class. Give the student ${teacher.classes} outputs.`,
        );
    }
    estimator.check({ objective, source, model: student });
  }
}

/** Whether one shape is the other flattened: a convolutional teacher beside a dense student, or the other way round. */
function isFlatForm(a: readonly number[], b: readonly number[]): boolean {
  const size = (shape: readonly number[]) => shape.reduce((product, length) => product * length, 1);
  return (a.length === 1 || b.length === 1) && size(a) === size(b);
}

function sameShape(
  role: string,
  id: string,
  found: readonly number[],
  given: readonly number[],
  refuse: (message: string) => never,
): void {
  if (found.length === given.length && found.every((size, i) => size === given[i])) return;
  refuse(
    `${role} ${id} takes examples of shape [${found}], the source gives [${given}]. ` +
      `Set the ${role}'s input to [${given}], or let the source flatten or reshape its examples.`,
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? 'no taps' : names.join(', ');
}

/** Runs every model once on the source's examples or one of zeros, so that a shape error in it shows before training. */
export function dryRun(stage: Stage): void {
  tf.tidy(() => {
    const batch: Batch = stage.source.example?.() ?? { x: tf.zeros([1, ...stage.source.inputShape]), size: 1 };
    for (const { student } of stage.learners) {
      try {
        const { logits } = student.forward(batch, { training: false });
        if (logits.shape[1] !== student.classes) throw new Error(`its logits have shape [${logits.shape}]`);
      } catch (error) {
        throw new KdlabError(`stage "${stage.name}": ${student.id} fails on one example: ${messageOf(error)}`);
      }
    }
  });
}
