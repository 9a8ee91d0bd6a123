import { makeVector } from '../../envs/registry';
import { Rng } from '../../src/math/rng';
import { cartpoleActions, meanEpisode } from '../cartpole';
import type { Workload } from '../workload';

const SIZE = 1024;
const ROUNDS = 64;

/** 1,024 CartPoles stepped together under random actions; the value is the mean length of an episode. */
export default {
  letter: 'g',
  title: '1,024 × CartPole-v1 in a vector',
  unit: 'step of all 1,024',
  tensors: false,
  arrays: () => ({ actions: cartpoleActions([ROUNDS, SIZE]) }),
  start: ({ arrays }) => {
    const all = arrays.actions!.values as Int32Array;
    const actions = Array.from({ length: ROUNDS }, (_, i) => all.slice(i * SIZE, (i + 1) * SIZE));
    const vector = makeVector({ id: 'CartPole-v1', environments: SIZE, rng: Rng.root(0) });
    let at = 0;
    return meanEpisode((steps) => {
      let ended = 0;
      for (let i = 0; i < steps; i++, at++) {
        vector.step(actions[at % ROUNDS]!);
        for (let k = 0; k < SIZE; k++) ended += vector.terminated[k]! | vector.truncated[k]!;
      }
      return ended;
    }, SIZE);
  },
  peers: [{ name: 'Gymnasium', program: 'cartpole_vector.py', packages: ['gymnasium'], variants: [''], goal: 1 / 4 }],
  agreement: { steps: 500, tolerance: 0.05, falls: false },
} satisfies Workload;
