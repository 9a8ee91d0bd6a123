import { Csr } from '../../src/sparse/csr';
import { SparseFeatures } from '../features';
import { assemble } from './assemble';
import type { LoadedGraph } from './loaded-graph';

/** For each member the friends of a higher number. */
const FRIENDS: readonly (readonly number[])[] = [
  [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 17, 19, 21, 31],
  [2, 3, 7, 13, 17, 19, 21, 30],
  [3, 7, 8, 9, 13, 27, 28, 32],
  [7, 12, 13],
  [6, 10],
  [6, 10, 16],
  [16],
  [],
  [30, 32, 33],
  [33],
  [],
  [],
  [],
  [33],
  [32, 33],
  [32, 33],
  [],
  [],
  [32, 33],
  [33],
  [32, 33],
  [],
  [32, 33],
  [25, 27, 29, 32, 33],
  [25, 27, 31],
  [31],
  [29, 33],
  [33],
  [31, 33],
  [32, 33],
  [32, 33],
  [32, 33],
  [33],
  [],
];

/** Who stayed with the instructor (node 0) after the club fell apart; the others left with the officers (node 33). */
const WITH_INSTRUCTOR = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 16, 17, 19, 21]);

/**
 * Friendships among the 34 members of a karate club and the side each took, 78 edges, 2 classes (Zachary, "An
 * information flow model for conflict and fission in small groups", J. Anthropological Research 33, 1977). A node's
 * features are a one for itself.
 */
export function karate(): LoadedGraph {
  const nodes = FRIENDS.length;
  const own = Int32Array.from({ length: nodes }, (_, node) => node);
  const identity = { rows: nodes, columns: nodes, rowPointers: Int32Array.of(...own, nodes), columnIndices: own };
  return assemble({
    name: 'karate',
    nodes,
    sources: FRIENDS.flatMap((friends, node) => friends.map(() => node)),
    targets: FRIENDS.flat(),
    features: new SparseFeatures(new Csr(identity)),
    labels: own.map((node) => (WITH_INSTRUCTOR.has(node) ? 0 : 1)),
    classes: 2,
    source: 'built in',
  });
}
