import * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import { KdlabError } from '../src/core/errors';
import { nameOf } from '../src/core/named';
import { combine, type ObjectiveDefinition } from '../src/core/objective';
import { resolveNamed } from '../src/core/resolve';
import type { Schedule } from '../src/core/schedule';
import type { Batch, Model, Objective, Outputs } from '../src/core/types';
import type { Rng } from '../src/math/rng';

/** Where an objective is put: whom it trains by whom, and on nodes like these. Objectives with parameters need it. */
export interface ObjectivePlace {
  readonly student: Model;
  readonly teacher?: Model;
  /** Nodes with their graph, as the source gives them. */
  readonly batch: Batch;
  readonly rng: Rng;
}

/** As an objective of `src`, built for its place. */
export interface GraphObjectiveDefinition<S extends z.ZodType = z.ZodType>
  extends Omit<ObjectiveDefinition<S>, 'build'> {
  build(options: z.output<S>, place: ObjectivePlace): Omit<Objective, 'name'>;
}

/** Types a definition by its own options schema; nothing else. */
export function graphObjective<S extends z.ZodType>(
  definition: GraphObjectiveDefinition<S>,
): GraphObjectiveDefinition<S> {
  return definition;
}

/** Builds validated entries `{name: {…}, weight}` for their place; those of `src` need none. */
export function buildGraphObjective(
  entries: readonly ({ readonly weight: Schedule } & { readonly [name: string]: unknown })[],
  folders: readonly string[],
  place: ObjectivePlace,
): Objective {
  return combine(
    entries.map(({ weight, ...part }) => {
      const { name, options } = nameOf(part as Parameters<typeof nameOf>[0]);
      const definition = resolveNamed<GraphObjectiveDefinition>('objective', folders, name);
      return { objective: { name, ...definition.build(options, place) }, weight };
    }),
  );
}

/**
 * The width of a tap [nodes, width] on both sides, found by asking for it once. Throws KdlabError where a side has no such
 * tap, or there is no teacher.
 */
export function widthsOf(
  { student, teacher, batch }: ObjectivePlace,
  asker: string,
  taps: { student: string; teacher: string },
): { student: number; teacher: number } {
  if (teacher === undefined) throw new KdlabError(`${asker} learns from a teacher, found none`);
  const width = (side: 'student' | 'teacher', of: Model) =>
    tf.tidy(() => {
      const outputs = of.forward(batch, { training: false });
      const tap = taps[side] === 'logits' ? outputs.logits : outputs.taps[taps[side]];
      if (tap === undefined)
        throw new KdlabError(
          `${asker} reads the ${side}'s "${taps[side]}"; ${of.id} has ${of.taps.join(', ') || 'no taps'}`,
        );
      return tap.shape[1] ?? 1;
    });
  return { student: width('student', student), teacher: width('teacher', teacher) };
}

/** A tap by its name, or the logits. Whether it is there is checked before training. */
export function tapOf(outputs: Outputs, name: string): tf.Tensor2D {
  return (name === 'logits' ? outputs.logits : outputs.taps[name]) as tf.Tensor2D;
}
