import type { z } from 'zod';
import type { Learner } from '../../src/core/step';
import type { Stage } from '../../src/core/trainer';
import type { Model, Objective } from '../../src/core/types';
import type { Examples, ImageShape } from '../../src/data/dataset';
import type { Rng } from '../../src/math/rng';

/** What a defence has to work with. Nothing is trained yet. */
export interface DefencePlace {
  /** The network trained on the members with their labels: what leaks. */
  readonly undefended: Model;
  readonly student: Model;
  readonly examples: Examples;
  readonly inputShape: ImageShape;
  readonly classes: number;
  readonly members: Int32Array;
  /** Public examples without labels, of the members' distribution; may be empty. */
  readonly reference: Int32Array;
  readonly batchSize: number;
  readonly epochs: number;
  readonly flatten: boolean;
  readonly rng: Rng;
  /** A network of the undefended one's architecture. */
  make(id: string, index: number): Model;
  /** The learner of the run's settings. */
  learner(name: string, model: Model, objective: Objective): Learner;
}

/** A way of making `student` so that it says little of who was a member. */
export interface Defence {
  /** Trained in order, after the undefended network; the last makes the student. */
  readonly stages: readonly Stage[];
  /** In one line, with its numbers. */
  readonly summary: string;
}

/** What a file in `privacy/membership/defences` exports by default. The file's name is the defence's name. */
export interface DefenceDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly paper: string;
  readonly options: S;
  /** Throws KdlabError where the place does not suffice. */
  build(options: z.output<S>, place: DefencePlace): Defence;
}

/** Types a definition by its own options schema; nothing else. */
export function defence<S extends z.ZodType>(definition: DefenceDefinition<S>): DefenceDefinition<S> {
  return definition;
}
