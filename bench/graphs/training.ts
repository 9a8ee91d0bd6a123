import * as tf from '@tensorflow/tfjs';
import crossEntropy from '../../src/objectives/cross-entropy';
import { training, weightsOf } from '../training';
import type { Peer, Workload } from '../workload';
import { type GraphSize, graphArrays, graphData } from './data';
import type { GraphModel } from './models';

/** Training on a whole graph: cross-entropy of the labelled nodes, Adam; a step is an epoch. */
export function graphWorkload(
  model: GraphModel,
  size: GraphSize,
  about: { title: string; program: string; variants: readonly string[] },
): Workload {
  const peer: Peer = {
    name: 'PyTorch Geometric',
    program: about.program,
    packages: ['torch', 'torch_geometric'],
    variants: about.variants,
    goal: 1,
  };
  return {
    letter: 'e',
    title: about.title,
    unit: 'epoch',
    arrays: () => {
      const arrays = graphArrays(size);
      return { ...weightsOf(model(size, graphData(size, arrays))), ...arrays };
    },
    start: ({ arrays }) => {
      const { nodes } = size;
      const batch = {
        x: tf.range(0, nodes, 1, 'int32'),
        y: tf.tensor1d(arrays.labels!.values as Int32Array, 'int32'),
        mask: tf.tensor1d(arrays.mask!.values as Float32Array),
        size: nodes,
      };
      return training({
        student: model(size, graphData(size, arrays)),
        objective: { name: 'cross-entropy', ...crossEntropy.build({}) },
        optimizer: 'adam',
        learningRate: 0.01,
        batchAt: () => batch,
      });
    },
    peers: [peer],
    agreement: { steps: 10, tolerance: 1e-3, falls: true },
  };
}
