import * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import type { Rng } from '../math/rng';
import { KdlabError } from './errors';
import { parameter } from './params';
import type { Schedule } from './schedule';
import type { Batch, Model, Objective, Params, Teacher, Terms } from './types';

/** Where an objective is put: whom it trains by whom, and on examples like these. Those with parameters need it. */
export interface ObjectivePlace {
  readonly student: Model;
  /** Networks, not caches of them: they are asked for the shapes of their taps before anything is trained. */
  readonly teachers: readonly Teacher[];
  readonly batch: Batch;
  readonly rng: Rng;
}

/**
 * What a file in an `objectives` folder exports by default. The file's name is the objective's name in a
 * configuration; `options` validates what stands under that name.
 */
export interface ObjectiveDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly paper?: string;
  readonly options: S;
  build(options: z.output<S>, place?: ObjectivePlace): Omit<Objective, 'name'>;
}

/** A definition as it is written: sure of its place. */
interface WrittenObjective<S extends z.ZodType> extends Omit<ObjectiveDefinition<S>, 'build'> {
  build(options: z.output<S>, place: ObjectivePlace): Omit<Objective, 'name'>;
}

/** Types a definition by its own options schema. Built without a place it throws KdlabError where it asks for one. */
export function objective<S extends z.ZodType>(written: WrittenObjective<S>): ObjectiveDefinition<S> {
  return { ...written, build: (options, place = NOWHERE) => written.build(options, place) };
}

const NOWHERE = new Proxy({} as ObjectivePlace, {
  get: () => {
    throw new KdlabError(
      'an objective maps taps of the student to those of a teacher, but this experiment builds objectives without telling ' +
        'of either; use it with supervised, lineage or gnn',
    );
  },
});

/** 'learned': by its uncertainty, see `combine`. */
export type Weight = Schedule | 'learned';

export interface WeightedObjective {
  readonly objective: Objective;
  readonly weight: Weight;
}

/**
 * The weighted sum of objectives as one objective. Terms keep their names, prefixed by the objective's when
 * there are several. An objective of learned weight counts as ½·e^−s·L + ½·s with s = log σ² trained beside the student
 * from 0 on (Kendall, Gal, Cipolla 2018, arXiv:1705.07115, eq. 7): at the optimum e^s is its mean loss. Throws KdlabError
 * on an empty list.
 */
export function combine(parts: readonly WeightedObjective[]): Objective {
  if (parts.length === 0) throw new KdlabError('the list of objectives is empty; name at least one, for example "kd"');
  const first = parts[0]!;
  if (parts.length === 1 && first.weight === 1) return first.objective;
  const union = (side: 'student' | 'teacher') => [
    ...new Set(parts.flatMap((part) => part.objective.needs[side] ?? [])),
  ];
  const variances = parts.map(({ weight, objective: { name } }, i) =>
    weight === 'learned'
      ? { name: `${i}.${name}/logVariance`, s: parameter('logVariance', [], new Float32Array(1)) }
      : undefined,
  );
  const learned = Object.fromEntries(variances.flatMap((each) => (each === undefined ? [] : [[each.name, each.s]])));
  const own = (kind: 'params' | 'state'): Params =>
    Object.assign(
      {},
      ...parts.map(({ objective: each }, i) =>
        Object.fromEntries(Object.entries(each[kind] ?? {}).map(([key, one]) => [`${i}.${each.name}/${key}`, one])),
      ),
    );
  return {
    name: parts.map((part) => part.objective.name).join('+'),
    needs: { student: union('student'), teacher: union('teacher') },
    teachers: Math.max(...parts.map((part) => part.objective.teachers)),
    coupling: parts.some((part) => part.objective.coupling === 'batch') ? 'batch' : 'example',
    params: { ...own('params'), ...learned },
    state: own('state'),
    loss: (student, lesson, at) => {
      const terms: Record<string, tf.Tensor1D> = {};
      parts.forEach(({ objective: part, weight }, i) => {
        const variance = variances[i]?.s as tf.Tensor | undefined;
        const factor = variance === undefined ? at.value(weight as Schedule) : tf.div(tf.exp(tf.neg(variance)), 2);
        const key = (name: string) => {
          const full = parts.length === 1 ? name : `${part.name}/${name}`;
          return full in terms ? `${full}.${i}` : full;
        };
        for (const [name, term] of Object.entries(part.loss(student, lesson, at))) {
          terms[key(name)] = tf.mul(term, factor);
        }
        if (variance !== undefined)
          terms[key('uncertainty')] = tf.mul<tf.Tensor1D>(tf.ones([lesson.batch.size]), tf.div(variance, 2));
      });
      return terms satisfies Terms;
    },
  };
}
