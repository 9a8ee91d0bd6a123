import type * as tf from '@tensorflow/tfjs';
import type { Batch } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import crossEntropy from '../../src/objectives/cross-entropy';
import { TINYBERT, transformer } from '../models/tinybert';
import { row, training, weightsOf } from '../training';
import type { Workload } from '../workload';

const BATCH = 32;
const BATCHES = 4;

const model = () => transformer('student', TINYBERT, Rng.root(0).split('transformer'));

/** A step of a TinyBERT-sized classifier: 4 layers, width 312, 32 sequences of 64 tokens, Adam. */
export default {
  letter: 'f',
  title: 'transformer, 4 layers, width 312, 12 heads, batch 32 × 64 tokens, Adam',
  unit: 'step',
  arrays: () => {
    const rng = Rng.root(0).split('tokens');
    const { vocabulary, length, classes } = TINYBERT;
    const tokens = Int32Array.from(rng.split('x').words(BATCHES * BATCH * length), (word) => word % vocabulary);
    const labels = Int32Array.from(rng.split('y').words(BATCHES * BATCH), (word) => word % classes);
    // The first token tells the class.
    labels.forEach((label, i) => {
      tokens[i * length] = label;
    });
    return {
      ...weightsOf(model()),
      x: { shape: [BATCHES, BATCH, length], values: tokens },
      y: { shape: [BATCHES, BATCH], values: labels },
    };
  },
  start: ({ arrays }) => {
    const batches = Array.from(
      { length: BATCHES },
      (_, i): Batch => ({ x: row(arrays.x!, i), y: row(arrays.y!, i) as tf.Tensor1D, size: BATCH }),
    );
    return training({
      student: model(),
      objective: { name: 'cross-entropy', ...crossEntropy.build({}) },
      optimizer: 'adam',
      learningRate: 1e-4,
      batchAt: (step) => batches[step % BATCHES]!,
    });
  },
  peers: [
    {
      name: 'PyTorch',
      program: 'transformer_torch.py',
      packages: ['torch'],
      variants: ['foreach', 'fused', 'compile'],
      goal: 1,
    },
  ],
  agreement: { steps: 5, tolerance: 2e-3, falls: true },
} satisfies Workload;
