import type { Rng } from '../../src/math/rng';
import type { Graph } from '../graph';
import { NeighborSampler } from './neighbors';

export interface TrialOptions {
  readonly batch: number;
  readonly batches: number;
  readonly fanouts: readonly number[];
}

export interface Trial {
  readonly batches: number;
  /** Means of a batch. */
  readonly nodes: number;
  readonly edges: number;
  readonly millisecondsToDraw: number;
  readonly millisecondsToGather: number;
}

/** Draws batches of random seeds, gathers their features, and says what a batch takes: the part of training without a model. */
export function sampleTrial(graph: Graph, { batch, batches, fanouts }: TrialOptions, rng: Rng): Trial {
  const sampler = new NeighborSampler(graph.adjacency);
  const order = rng.split('seeds').permutation(graph.nodes);
  const count = Math.min(batches, Math.floor(graph.nodes / batch));
  let [nodes, edges, draw, gather] = [0, 0, 0, 0];
  for (let number = 0; number < count; number++) {
    const start = performance.now();
    const seeds = order.subarray(number * batch, (number + 1) * batch);
    const neighborhood = sampler.sample(seeds, { fanouts }, rng.split('batch', number));
    const drawn = performance.now();
    graph.features.gather(neighborhood.nodes);
    nodes += neighborhood.nodes.length;
    edges += neighborhood.adjacency.entries;
    draw += drawn - start;
    gather += performance.now() - drawn;
  }
  return {
    batches: count,
    nodes: nodes / count,
    edges: edges / count,
    millisecondsToDraw: draw / count,
    millisecondsToGather: gather / count,
  };
}
