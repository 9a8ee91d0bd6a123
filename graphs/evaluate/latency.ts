import * as tf from '@tensorflow/tfjs';
import type { Model } from '../../src/core/types';
import { disposeBatch } from '../../src/data/batch';
import { quantile } from '../../src/math/statistics';
import { graphBatch } from '../batch';
import type { Graph } from '../graph';
import { Positions } from '../positions';
import { subgraph } from '../transforms/components';

/** Every node within so many hops of the given ones, ascending. */
export function reached(graph: Graph, nodes: ArrayLike<number>, hops: number): Int32Array {
  const found = new Set<number>(Array.from(nodes));
  let front = [...found];
  for (let hop = 0; hop < hops; hop++) {
    const next: number[] = [];
    for (const node of front)
      for (const neighbor of graph.neighbors(node))
        if (!found.has(neighbor)) {
          found.add(neighbor);
          next.push(neighbor);
        }
    front = next;
  }
  return Int32Array.from(found).sort();
}

export interface NodeLatency {
  /** Milliseconds, median and 95th percentile. */
  readonly p50: number;
  readonly p95: number;
  /** Mean number of nodes whose features were fetched. */
  readonly fetched: number;
}

/**
 * Milliseconds until the prediction of nodes is read, each time of other ones: neighbours found and their features fetched
 * (`hops` 0: of the nodes alone), tensors made, one forward pass by tfjs' operations. Programs are not used: the size of
 * a neighbourhood is another each time, and teacher and student are to be measured alike.
 */
export function nodeLatency(
  model: Model,
  graph: Graph,
  { batches, hops, positions }: { batches: readonly Int32Array[]; hops: number; positions?: Positions | undefined },
): NodeLatency {
  let fetched = 0;
  const ask = (nodes: Int32Array) => {
    if (hops === 0) {
      fetched += nodes.length;
      return tf.tidy(() => {
        const x = tf.tensor2d(graph.features.gather(nodes), [nodes.length, graph.features.columns]);
        const extras = placed(positions, nodes);
        return model.forward({ x, extras, size: nodes.length }, { training: false }).logits.dataSync();
      });
    }
    const met = reached(graph, nodes, hops);
    const around = subgraph(graph, met);
    fetched += around.nodes;
    const batch = graphBatch(around, positions && { positions: new Positions(positions.width, positions.gather(met)) });
    const logits = tf.tidy(() => model.forward(batch, { training: false }).logits.dataSync());
    disposeBatch(batch);
    return logits;
  };
  for (const nodes of batches.slice(0, 5)) ask(nodes);
  fetched = 0;
  const times = batches.map((nodes) => {
    const start = performance.now();
    ask(nodes);
    return performance.now() - start;
  });
  return { p50: quantile(times, 0.5), p95: quantile(times, 0.95), fetched: fetched / batches.length };
}

function placed(positions: Positions | undefined, nodes: Int32Array): Record<string, tf.Tensor> {
  if (positions === undefined) return {};
  return { positions: tf.tensor2d(positions.gather(nodes), [nodes.length, positions.width]) };
}
