import type { z } from 'zod';
import type { Votes } from './gnmax';
import type { SensitivityByDistance } from './smooth-sensitivity';

/** What is put to the teachers: their votes, and what the student says itself where a mechanism uses it. */
export interface Query {
  readonly votes: Votes;
  /** The student's class probabilities. */
  readonly student?: ArrayLike<number>;
}

/** Draws for one query: standard normals or standard Laplace variables. */
export interface VoteNoise {
  normal(count: number): ArrayLike<number>;
  laplace(count: number): ArrayLike<number>;
}

/** Who named the class, and which; `none`: the query is thrown away. */
export type Answer =
  | { readonly by: 'teachers' | 'student'; readonly label: number }
  | { readonly by: 'none'; readonly label?: undefined };

/**
 * A private way of answering queries by votes. Costs are Rényi divergences of order α for data sets that differ in one
 * teacher's partition. `answered` is 1 where the teachers answered and 0 where not, or the probability that they do, for the
 * expected cost before any query is put.
 */
export interface Aggregator {
  readonly name: string;
  answer(query: Query, noise: VoteNoise): Answer;
  /** Probability that the teachers answer; 1 where they always do. */
  answeredProbability(query: Query): number;
  /** Data-dependent: private itself, not to be published without noise scaled to `sensitivity`. */
  rdp(query: Query, answered: number, order: number): number;
  /** Whatever the votes. */
  rdpIndependent(answered: number, order: number): number;
  /** Bounds on how far `rdp` moves with one teacher; absent where none is known. */
  sensitivity?(query: Query, answered: number, order: number): SensitivityByDistance;
}

/** What a file in `privacy/pate/aggregators` exports by default. The file's name is the aggregator's name. */
export interface AggregatorDefinition<S extends z.ZodType = z.ZodType> {
  readonly description: string;
  readonly paper: string;
  readonly options: S;
  build(options: z.output<S>): Aggregator;
}

/** Types a definition by its own options schema; nothing else. */
export function aggregator<S extends z.ZodType>(definition: AggregatorDefinition<S>): AggregatorDefinition<S> {
  return definition;
}
