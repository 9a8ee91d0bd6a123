import { privateCnn } from '../dp/networks';
import { privateArrays, privateTraining } from '../dp/training';
import type { Workload } from '../workload';

/** A step of DP-SGD on the convolutional network of Opacus' MNIST example, batch 256. */
export default {
  letter: 'd',
  title: 'DP-SGD, two convolutions and two dense layers, batch 256',
  unit: 'step',
  arrays: () => privateArrays(privateCnn()),
  start: (setup) => privateTraining(privateCnn(), setup),
  peers: [
    {
      name: 'Opacus',
      program: 'dp_cnn_opacus.py',
      packages: ['torch', 'opacus'],
      variants: ['ghost', 'hooks'],
      goal: 1,
    },
    { name: 'JAX', program: 'dp_cnn_jax.py', packages: ['jax'], variants: ['ghost', 'vmap'], goal: 1 },
    { name: 'own plain SGD', program: { ours: 'plain' }, packages: [], variants: ['plain'], goal: 1.5 },
  ],
  agreement: { steps: 20, tolerance: 1e-3, falls: true },
} satisfies Workload;
