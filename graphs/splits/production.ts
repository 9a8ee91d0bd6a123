import { KdlabError } from '../../src/core/errors';
import type { Rng } from '../../src/math/rng';
import type { Graph } from '../graph';
import { subgraph } from '../transforms/components';
import { makeSplit, type Split } from './split';

/** Test nodes seen in training without their labels, and test nodes that come only afterwards. */
export interface ProductionSplit {
  /** Test nodes that are part of the observed graph, ascending. */
  readonly transductive: Int32Array;
  /** Test nodes that are hidden with all their edges during training, ascending. */
  readonly inductive: Int32Array;
  /** Node i of the observed graph is this node of the whole one, ascending. */
  readonly observed: Int32Array;
  /** The whole graph without the inductive nodes: all that training may see. */
  readonly observedGraph: Graph;
  /** The split in numbers of the observed graph; its test nodes are the transductive ones. */
  readonly observedSplit: Split;
}

/**
 * GLNN's production setting (Zhang et al., ICLR 2022, section 5.4): a random share of the test nodes is hidden during
 * training. Accuracy in production is fraction · inductive + (1 − fraction) · transductive. Throws KdlabError where the
 * fraction leaves no test node on one of the sides.
 */
export function productionSplit(graph: Graph, split: Split, rng: Rng, fraction = 0.2): ProductionSplit {
  const count = Math.floor(split.test.length * fraction);
  if (!(count >= 1 && count < split.test.length))
    throw new KdlabError(
      `split of ${graph.name}: ${fraction} of its ${split.test.length} test nodes are ${count}; expected at least one hidden and one seen`,
    );
  const order = rng.permutation(split.test.length);
  const pick = (places: Int32Array) => places.map((place) => split.test[place]!).sort();
  const inductive = pick(order.subarray(0, count));
  const transductive = pick(order.subarray(count));
  const place = new Int32Array(graph.nodes);
  for (const node of inductive) place[node] = -1;
  const observed = Int32Array.from({ length: graph.nodes }, (_, node) => node).filter((node) => place[node] === 0);
  observed.forEach((node, i) => {
    place[node] = i;
  });
  const observedGraph = subgraph(graph, observed);
  const moved = (nodes: Int32Array) => nodes.map((node) => place[node]!);
  const { name, train, validation } = split;
  const lists = { train: moved(train), validation: moved(validation), test: moved(transductive) };
  const observedSplit = makeSplit(observedGraph, `${name}, observed`, lists);
  return { transductive, inductive, observed, observedGraph, observedSplit };
}
