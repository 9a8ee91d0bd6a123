import * as tf from '@tensorflow/tfjs';
import { spmm } from '../../src/sparse/product';
import type { Layer, LayerPlace } from './stack';

/** D^-½ (A + I) D^-½ · X W + b (Kipf and Welling 2017, eq. 2). Tap `message<n>`: before the bias. */
export function graphConvolution({ weights, name, number, from, to }: LayerPlace): Layer {
  const kernel = weights.kernel(`${name}/kernel`, from, to);
  const bias = weights.bias(`${name}/bias`, to);
  return (input, { graph, tap }) => {
    const message = spmm(graph.loops, input.project(kernel));
    tap(`message${number}`, message);
    return tf.add(message, bias);
  };
}
