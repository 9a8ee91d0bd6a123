import { KdlabError } from '../../src/core/errors';
import type { Rng } from '../../src/math/rng';
import type { Graph } from '../graph';
import { makeSplit, type Split } from './split';

export interface PerClassOptions {
  /** Nodes of each class to train on. */
  readonly train?: number;
  /** Nodes of each class to validate on. */
  readonly validation?: number;
}

/**
 * As many random nodes of every class for training and for validation, all other labelled nodes for the test (Shchur et
 * al. 2018; CPF and GLNN take 20 and 30 on the largest component). Throws KdlabError where a class has too few nodes.
 */
export function perClassSplit(graph: Graph, rng: Rng, { train = 20, validation = 30 }: PerClassOptions = {}): Split {
  const { labels, classes } = graph;
  const members = Array.from({ length: classes }, (): number[] => []);
  labels.forEach((label, node) => {
    if (label >= 0) members[label]!.push(node);
  });
  const lists = { train: [] as number[], validation: [] as number[], test: [] as number[] };
  members.forEach((nodes, label) => {
    if (nodes.length < train + validation)
      throw new KdlabError(
        `split of ${graph.name}: class ${label} has ${nodes.length} nodes, but ${train} for training and ${validation} for ` +
          'validation are asked for; ask for fewer',
      );
    const drawn = Array.from(rng.split('class', label).permutation(nodes.length), (i) => nodes[i]!);
    lists.train.push(...drawn.slice(0, train));
    lists.validation.push(...drawn.slice(train, train + validation));
    for (const node of drawn.slice(train + validation)) lists.test.push(node);
  });
  return makeSplit(graph, `per class ${train}/${validation}`, lists);
}
