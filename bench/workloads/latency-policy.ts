import { Rng } from '../../src/math/rng';
import { mlp } from '../../src/models/mlp';
import { LATENCY_PEERS, latency, latencyArrays } from '../latency';
import type { Workload } from '../workload';

const student = () => mlp({ id: 'student', hidden: [16], input: 4, classes: 2, rng: Rng.root(0).split('student') });

/** A distilled policy at batch 1. */
export default {
  letter: 'h',
  title: 'inference at batch 1, policy 4-16-2',
  unit: 'example',
  arrays: () => latencyArrays(student()),
  start: (setup) => latency(student(), setup),
  peers: LATENCY_PEERS,
  agreement: { steps: 64, tolerance: 1e-3, falls: false },
} satisfies Workload;
