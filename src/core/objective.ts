import * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import { KdlabError } from './errors';
import type { Schedule } from './schedule';
import type { Objective, Terms } from './types';

/**
 * What a file in an `objectives` folder exports by default. The file's name is the objective's name in a
 * configuration; `options` validates what stands under that name.
 */
export interface ObjectiveDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly paper?: string;
  readonly options: S;
  build(options: z.output<S>): Omit<Objective, 'name'>;
}

/** Types a definition by its own options schema; nothing else. */
export function objective<S extends z.ZodType>(definition: ObjectiveDefinition<S>): ObjectiveDefinition<S> {
  return definition;
}

export interface WeightedObjective {
  readonly objective: Objective;
  readonly weight: Schedule;
}

/**
 * The weighted sum of objectives as one objective. Terms keep their names, prefixed by the objective's when
 * there are several. Throws KdlabError on an empty list.
 */
export function combine(parts: readonly WeightedObjective[]): Objective {
  if (parts.length === 0) throw new KdlabError('the list of objectives is empty; name at least one, for example "kd"');
  const first = parts[0]!;
  if (parts.length === 1 && first.weight === 1) return first.objective;
  const union = (side: 'student' | 'teacher') => [
    ...new Set(parts.flatMap((part) => part.objective.needs[side] ?? [])),
  ];
  const params = Object.assign(
    {},
    ...parts.map(({ objective: { name, params = {} } }, i) =>
      Object.fromEntries(Object.entries(params).map(([key, variable]) => [`${i}.${name}/${key}`, variable])),
    ),
  );
  return {
    name: parts.map((part) => part.objective.name).join('+'),
    needs: { student: union('student'), teacher: union('teacher') },
    teachers: Math.max(...parts.map((part) => part.objective.teachers)),
    coupling: parts.some((part) => part.objective.coupling === 'batch') ? 'batch' : 'example',
    params,
    loss: (student, lesson, at) => {
      const terms: Record<string, tf.Tensor1D> = {};
      parts.forEach(({ objective: part, weight }, i) => {
        const factor = at.value(weight);
        for (const [name, term] of Object.entries(part.loss(student, lesson, at))) {
          const key = parts.length === 1 ? name : `${part.name}/${name}`;
          terms[key in terms ? `${key}.${i}` : key] = tf.mul(term, factor);
        }
      });
      return terms satisfies Terms;
    },
  };
}
