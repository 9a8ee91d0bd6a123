import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import { LATENCY_PEERS, latency, latencyArrays } from '../latency';
import type { Workload } from '../workload';

const student = () =>
  mlp({ id: 'student', hidden: [800, 800], input: 784, classes: 10, rng: Rng.root(0).split('student') });

/** Hinton's student at batch 1. */
export default {
  letter: 'h',
  title: 'inference at batch 1, MLP 784-800-800-10',
  unit: 'example',
  arrays: () => latencyArrays(student()),
  start: (setup) => latency(student(), setup),
  peers: LATENCY_PEERS,
  agreement: { steps: 64, tolerance: 1e-3, falls: false },
} satisfies Workload;
