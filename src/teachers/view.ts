import { extraOf } from '../core/lesson';
import type { Teacher } from '../core/types';

/** A teacher that looks at another view of the examples than the student: the extra of this name in place of x. */
export function viewTeacher(teacher: Teacher, view: string): Teacher {
  return {
    ...teacher,
    id: `${teacher.id} on ${view}`,
    signal: (batch) => teacher.signal({ ...batch, x: extraOf(batch, view, `teacher ${teacher.id}`) }),
  };
}
