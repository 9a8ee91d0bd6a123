import * as tf from '@tensorflow/tfjs';
import type { Layer, LayerPlace } from './stack';

/** X W + b: no neighbours. */
export function linear({ weights, name, from, to }: Pick<LayerPlace, 'weights' | 'name' | 'from' | 'to'>): Layer {
  const kernel = weights.kernel(`${name}/kernel`, from, to);
  const bias = weights.bias(`${name}/bias`, to);
  return (input) => tf.add(input.project(kernel), bias);
}
