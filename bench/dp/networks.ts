import * as tf from '@tensorflow/tfjs';
import type { Model } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { convolution, dense } from './layers';
import { network } from './network';

const same = (x: tf.Tensor) => x;

/** MLP 784-256-10 with ReLU. */
export function privateMlp(rng = Rng.root(0).split('mlp')): Model {
  return network(
    [
      { layer: dense(rng, 'dense1', [784, 256]), after: tf.relu },
      { layer: dense(rng, 'dense2', [256, 10]), after: same },
    ],
    { inputShape: [784], classes: 10 },
  );
}

/** The convolutional network of Opacus' MNIST example. */
export function privateCnn(rng = Rng.root(0).split('cnn')): Model {
  const pooled = (x: tf.Tensor) => tf.maxPool(tf.relu(x) as tf.Tensor4D, 2, 1, 'valid');
  return network(
    [
      { layer: convolution(rng, 'conv1', { shape: [8, 8, 1, 16], stride: 2, padding: 3 }), after: pooled },
      {
        layer: convolution(rng, 'conv2', { shape: [4, 4, 16, 32], stride: 2, padding: 0 }),
        after: (x) => tf.reshape(pooled(x), [x.shape[0]!, 512]),
      },
      { layer: dense(rng, 'dense1', [512, 32]), after: tf.relu },
      { layer: dense(rng, 'dense2', [32, 10]), after: same },
    ],
    { inputShape: [28, 28, 1], classes: 10 },
  );
}
