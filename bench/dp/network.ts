import type * as tf from '@tensorflow/tfjs';
import type { Model, Params } from '../../src/core/types';
import type { Layer } from './layers';

/** Layers one after the other, with what comes between them: an activation, a pooling, a change of shape. */
export type Layers = readonly { readonly layer: Layer; after(output: tf.Tensor): tf.Tensor }[];

export function network(
  layers: Layers,
  { inputShape, classes }: { inputShape: readonly number[]; classes: number },
): Model {
  const params: Params = Object.assign({}, ...layers.map(({ layer }) => layer.params));
  const parameters = Object.values(params).reduce((sum, { size }) => sum + size, 0);
  const multiplyAdds = layers.reduce((sum, { layer }) => sum + layer.multiplyAdds, 0);
  return {
    id: 'network',
    inputShape,
    classes,
    params,
    taps: [],
    coupling: 'example',
    cost: { parameters, bytes: 4 * parameters, multiplyAdds },
    forward: ({ x }) => ({
      logits: layers.reduce((h, { layer, after }) => after(layer.apply(h)), x) as tf.Tensor2D,
      taps: {},
    }),
  };
}
