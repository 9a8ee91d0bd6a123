import * as tf from '@tensorflow/tfjs';
import { parameter } from '../../src/core/params';
import type { Model } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { glorotUniform } from '../../src/models/parts/initializers';
import { neighborMean } from '../../src/sparse/aggregate';
import { edgeScores, segmentSoftmax } from '../../src/sparse/attention';
import { spmm, spmmHeads } from '../../src/sparse/product';
import type { GraphData, GraphSize } from './data';

type Weights = (name: string, shape: number[]) => tf.Tensor;

/** A layer from how its input is multiplied by a kernel. */
type Project = (kernel: tf.Tensor2D) => tf.Tensor2D;

/** Two layers on the whole graph; logits [nodes, classes], whatever the batch's x. */
export type GraphModel = (size: GraphSize, graph: GraphData) => Model;

/** Graph convolutions (Kipf and Welling 2017), 16 hidden. */
export const gcn: GraphModel = (size, graph) =>
  twoLayers(size, graph, (weights, { normalised }) => {
    const adjacency = normalised();
    const layer = (name: string, from: number, to: number) => {
      const kernel = weights(`${name}/kernel`, [from, to]) as tf.Tensor2D;
      const bias = weights(`${name}/bias`, [to]);
      return (project: Project): tf.Tensor2D => tf.add(spmm(adjacency, project(kernel)), bias);
    };
    return { first: layer('conv1', size.features, 16), second: layer('conv2', 16, size.classes), activation: tf.relu };
  });

/** Graph attention (Veličković et al. 2018), eight heads of eight. */
export const gat: GraphModel = (size, graph) =>
  twoLayers(size, graph, (weights, { withLoops, nodes }) => {
    const adjacency = withLoops();
    const layer = (name: string, from: number, heads: number, width: number) => {
      const kernel = weights(`${name}/kernel`, [from, heads * width]) as tf.Tensor2D;
      const [source, target] = ['source', 'target'].map((end) => weights(`${name}/${end}`, [heads, width]));
      const bias = weights(`${name}/bias`, [heads * width]);
      return (project: Project): tf.Tensor2D => {
        const h = tf.reshape(project(kernel), [nodes, heads, width]) as tf.Tensor3D;
        const score = (by: tf.Tensor) => tf.sum<tf.Tensor2D>(tf.mul(h, by), 2);
        const scores = tf.leakyRelu(edgeScores(adjacency, score(target!), score(source!)), 0.2) as tf.Tensor2D;
        const mixed = spmmHeads(adjacency, segmentSoftmax(adjacency, scores), h);
        return tf.add(tf.reshape(mixed, [nodes, heads * width]), bias);
      };
    };
    return {
      first: layer('conv1', size.features, 8, 8),
      second: layer('conv2', 64, 1, size.classes),
      activation: tf.elu,
    };
  });

/** GraphSAGE with the mean (Hamilton et al. 2017), 64 hidden. */
export const sage: GraphModel = (size, graph) =>
  twoLayers(size, graph, (weights, { plain }) => {
    const adjacency = plain();
    const layer = (name: string, from: number, to: number) => {
      const neighbors = weights(`${name}/neighbors`, [from, to]) as tf.Tensor2D;
      const own = weights(`${name}/self`, [from, to]) as tf.Tensor2D;
      const bias = weights(`${name}/bias`, [to]);
      // The mean of products is the product of means, and narrower.
      return (project: Project): tf.Tensor2D =>
        tf.add(tf.add(neighborMean(adjacency, project(neighbors)), project(own)), bias);
    };
    return { first: layer('conv1', size.features, 64), second: layer('conv2', 64, size.classes), activation: tf.relu };
  });

interface Layers {
  first(project: Project): tf.Tensor2D;
  second(project: Project): tf.Tensor2D;
  activation(x: tf.Tensor2D): tf.Tensor2D;
}

function twoLayers(
  { features, classes }: GraphSize,
  graph: GraphData,
  make: (weights: Weights, graph: GraphData) => Layers,
): Model {
  const rng = Rng.root(0).split('model');
  const params: Record<string, tf.Variable> = {};
  const { first, second, activation } = make((name, shape) => {
    const values = shape.length === 1 ? new Float32Array(shape[0]!) : glorotUniform(rng, name, shape);
    params[name] = parameter(name, shape, values);
    return params[name]!;
  }, graph);
  const parameters = Object.values(params).reduce((sum, { size }) => sum + size, 0);
  return {
    id: 'student',
    inputShape: [features],
    classes,
    params,
    taps: [],
    coupling: 'batch',
    cost: { parameters, bytes: 4 * parameters, multiplyAdds: parameters },
    forward: () => {
      const hidden = activation(first(graph.project));
      return { logits: second((kernel) => tf.matMul(hidden, kernel)), taps: {} };
    },
  };
}
