import * as tf from '@tensorflow/tfjs';
import { neighborMean } from '../../src/sparse/aggregate';
import { segmentSoftmax } from '../../src/sparse/attention';
import { spmm } from '../../src/sparse/product';
import { edgeProducts } from '../edge-similarity';
import type { Layer, LayerPlace } from './stack';

/**
 * A layer that sees one hop: x_i W_s + mean_j x_j W_n + Σ_k a_ik x_k W_v + b over the neighbours j and, as peers, the neighbours
 * and the node itself k, a_i the softmax of (x_i W_q)·(x_k W_k)/√width (the peer-aware module of Yan et al., KDD 2020, as
 * self-attention). Taps `message<n>`: what the neighbours sent; `attention<n>` [entries of the graph with loops].
 */
export function peerAwareLayer({ weights, name, number, from, to }: LayerPlace, width: number): Layer {
  const own = weights.kernel(`${name}/self`, from, to);
  const neighbors = weights.kernel(`${name}/neighbors`, from, to);
  const value = weights.kernel(`${name}/value`, from, to);
  const query = weights.kernel(`${name}/query`, from, width);
  const key = weights.kernel(`${name}/key`, from, width);
  const bias = weights.bias(`${name}/bias`, to);
  return (input, { graph, tap }) => {
    const message = neighborMean(graph.neighbors, input.project(neighbors));
    tap(`message${number}`, message);
    const likeness = edgeProducts(graph.loops, input.project(query), input.project(key));
    const attention = segmentSoftmax(graph.loops, tf.mul<tf.Tensor1D>(likeness, 1 / Math.sqrt(width)));
    tap(`attention${number}`, attention);
    const peers = spmm(graph.loops, input.project(value), attention);
    return tf.add(tf.add(tf.add(input.project(own), message), peers), bias);
  };
}
