import type * as tf from '@tensorflow/tfjs';
import policyKl from '../../envs/objectives/policy-kl';
import type { Batch, Teacher } from '../../src/core/types';
import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import { row, training, weightsOf } from '../training';
import type { Workload } from '../workload';

const BATCH = 256;
const BATCHES = 8;

const student = () =>
  mlp({ id: 'student', hidden: [128, 128], input: 4, classes: 2, rng: Rng.root(0).split('student') });

/** Policy distillation: KL to the teacher's action distribution, an MLP 4-128-128-2, Adam, batches of 256. */
export default {
  letter: 'a',
  title: 'policy KL, MLP 4-128-128-2, batch 256, Adam',
  unit: 'step',
  arrays: () => ({
    ...weightsOf(student()),
    x: {
      shape: [BATCHES, BATCH, 4],
      values: Rng.root(0)
        .split('x')
        .normal(BATCHES * BATCH * 4),
    },
    teacher: {
      shape: [BATCHES, BATCH, 2],
      values: Rng.root(0)
        .split('teacher')
        .normal(BATCHES * BATCH * 2, 0, 2),
    },
  }),
  start: ({ arrays }) => {
    const signals = new Map<Batch, tf.Tensor2D>();
    const batches = Array.from({ length: BATCHES }, (_, i): Batch => {
      const batch = { x: row(arrays.x!, i), size: BATCH };
      signals.set(batch, row(arrays.teacher!, i) as tf.Tensor2D);
      return batch;
    });
    const teacher: Teacher = {
      id: 'given',
      inputShape: [4],
      classes: 2,
      taps: [],
      lookup: true,
      signal: (batch) => ({ logits: signals.get(batch)!, taps: {} }),
    };
    return training({
      student: student(),
      objective: { name: 'policy-kl', ...policyKl.build({ temperature: 1 }) },
      teachers: [teacher],
      optimizer: 'adam',
      learningRate: 1e-3,
      batchAt: (step) => batches[step % BATCHES]!,
    });
  },
  peers: [
    {
      name: 'PyTorch',
      program: 'policy_torch.py',
      packages: ['torch'],
      variants: ['foreach', 'fused', 'compile'],
      goal: 0.5,
    },
    { name: 'JAX', program: 'policy_jax.py', packages: ['jax'], variants: [''], goal: 1 },
  ],
  agreement: { steps: 20, tolerance: 1e-3, falls: true },
} satisfies Workload;
