import * as tf from '@tensorflow/tfjs';
import { dropout } from '../../src/models/parts/dropout';
import { edgeScores, segmentSoftmax } from '../../src/sparse/attention';
import { spmmHeads } from '../../src/sparse/product';
import type { Layer, LayerPlace } from './stack';

export interface AttentionOptions {
  /** 1: LeakyReLU(a · [Wh_i ‖ Wh_j]) (Veličković et al. 2018); 2: a · LeakyReLU(W_l h_i + W_r h_j) (Brody et al. 2022). */
  readonly version: 1 | 2;
  readonly heads: number;
  readonly slope: number;
  /** Of attention coefficients, in training. */
  readonly dropout: number;
  /** Heads side by side, or their mean. */
  readonly join: 'concatenate' | 'mean';
}

/**
 * Graph attention over each node and its neighbours. Taps `attention<n>`: the rows of attention, [entries of the graph
 * with loops, heads]; `message<n>`: before the bias.
 */
export function attentionLayer({ weights, name, number, from, to }: LayerPlace, options: AttentionOptions): Layer {
  const { version, heads, slope, join } = options;
  const width = join === 'mean' ? to : to / heads;
  const kernel = weights.kernel(`${name}/kernel`, from, heads * width);
  const receiver = version === 2 ? weights.kernel(`${name}/receiver`, from, heads * width) : undefined;
  const ends = (version === 1 ? ['source', 'target'] : ['score']).map((end) =>
    weights.kernel(`${name}/${end}`, heads, width),
  );
  const bias = weights.bias(`${name}/bias`, to);
  return (input, { graph, training, draws, tap }) => {
    const { loops, nodes } = graph;
    const split = (x: tf.Tensor2D) => tf.reshape(x, [nodes, heads, width]) as tf.Tensor3D;
    const flat = input.project(kernel);
    const sent = split(flat);
    const along = (x: tf.Tensor, by: tf.Tensor) => tf.sum<tf.Tensor2D>(tf.mul(x, by), 2);
    const scores =
      receiver === undefined
        ? tf.leakyRelu<tf.Tensor2D>(edgeScores(loops, along(sent, ends[1]!), along(sent, ends[0]!)), slope)
        : along(
            tf.reshape(tf.leakyRelu(edgeScores(loops, input.project(receiver), flat), slope), [-1, heads, width]),
            ends[0]!,
          );
    const attention = segmentSoftmax(loops, scores);
    tap(`attention${number}`, attention);
    const weighted =
      training && options.dropout > 0
        ? dropout(attention, { rate: options.dropout, draws: draws?.split('attention') })
        : attention;
    const mixed = spmmHeads(loops, weighted, sent);
    const message = (join === 'mean' ? tf.mean(mixed, 1) : tf.reshape(mixed, [nodes, to])) as tf.Tensor2D;
    tap(`message${number}`, message);
    return tf.add(message, bias);
  };
}
