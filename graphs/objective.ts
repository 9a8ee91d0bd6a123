import { buildObjective } from '../src/config/objectives';
import { objective } from '../src/core/objective';

/*
 * Objectives on graphs are those of `src`: built for their place, whose batch holds nodes with their graph as the source
 * gives them.
 */
export { tapOf } from '../src/core/lesson';
export type {
  ObjectiveDefinition as GraphObjectiveDefinition,
  ObjectivePlace,
} from '../src/core/objective';
export { tapWidths as widthsOf } from '../src/objectives/parts/taps';
export { buildObjective as buildGraphObjective, objective as graphObjective };
