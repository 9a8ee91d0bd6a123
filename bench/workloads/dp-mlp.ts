import { privateMlp } from '../dp/networks';
import { privateArrays, privateTraining } from '../dp/training';
import type { Workload } from '../workload';

/** A step of DP-SGD: examples' gradients clipped to norm 1, Gaussian noise, SGD; MLP 784-256-10, batch 256. */
export default {
  letter: 'c',
  title: 'DP-SGD, MLP 784-256-10, batch 256',
  unit: 'step',
  arrays: () => privateArrays(privateMlp()),
  start: (setup) => privateTraining(privateMlp(), setup),
  peers: [
    {
      name: 'Opacus',
      program: 'dp_mlp_opacus.py',
      packages: ['torch', 'opacus'],
      variants: ['ghost', 'hooks'],
      goal: 0.5,
    },
    { name: 'JAX', program: 'dp_mlp_jax.py', packages: ['jax'], variants: ['ghost', 'vmap'], goal: 1 },
    { name: 'own plain SGD', program: { ours: 'plain' }, packages: [], variants: ['plain'], goal: 1.5 },
  ],
  agreement: { steps: 20, tolerance: 1e-3, falls: true },
} satisfies Workload;
