import * as tf from '@tensorflow/tfjs';
import { neighborMax, neighborMean } from '../../src/sparse/aggregate';
import type { Layer, LayerPlace } from './stack';

export type SageAggregator = 'mean' | 'pool' | 'gcn';

/**
 * GraphSAGE (Hamilton et al. 2017, algorithm 1), without its normalisation of rows:
 * `mean`: x_i W_s + mean_j x_j W_n + b; `pool`: x_i W_s + max_j relu(x_j W_p + b_p) W_n + b;
 * `gcn`: the mean over the node and its neighbours, W + b. A node without neighbours receives 0.
 * Tap `message<n>`: what the neighbours sent, [nodes, to].
 */
export function sageLayer({ weights, name, number, from, to }: LayerPlace, aggregator: SageAggregator): Layer {
  const neighbors = weights.kernel(`${name}/neighbors`, aggregator === 'pool' ? to : from, to);
  const own = aggregator === 'gcn' ? undefined : weights.kernel(`${name}/self`, from, to);
  const pool = aggregator === 'pool' ? weights.kernel(`${name}/pool`, from, to) : undefined;
  const poolBias = aggregator === 'pool' ? weights.bias(`${name}/poolBias`, to) : undefined;
  const bias = weights.bias(`${name}/bias`, to);
  return (input, { graph, tap }) => {
    // The mean of products is the product of means, and narrower.
    const message =
      pool === undefined
        ? neighborMean(aggregator === 'gcn' ? graph.loops : graph.neighbors, input.project(neighbors))
        : tf.matMul<tf.Tensor2D>(
            neighborMax(graph.neighbors, tf.relu(tf.add(input.project(pool), poolBias!) as tf.Tensor2D)),
            neighbors,
          );
    tap(`message${number}`, message);
    return tf.add(own === undefined ? message : tf.add(message, input.project(own)), bias);
  };
}
