import { make } from '../../envs/registry';
import { cartpoleActions, meanEpisode } from '../cartpole';
import type { Workload } from '../workload';

/** One CartPole under random actions, reset where an episode ends; the value is the mean length of an episode. */
export default {
  letter: 'g',
  title: 'one CartPole-v1',
  unit: 'environment step',
  tensors: false,
  arrays: () => ({ actions: cartpoleActions([1 << 16]) }),
  start: ({ arrays }) => {
    const actions = arrays.actions!.values as Int32Array;
    const env = make('CartPole-v1');
    env.reset({ seed: 0 });
    let at = 0;
    return meanEpisode((steps) => {
      let ended = 0;
      for (let i = 0; i < steps; i++, at++) {
        const { terminated, truncated } = env.step(actions[at % actions.length]!);
        if (!terminated && !truncated) continue;
        ended++;
        env.reset();
      }
      return ended;
    });
  },
  peers: [{ name: 'Gymnasium', program: 'cartpole_one.py', packages: ['gymnasium'], variants: [''], goal: 1 / 20 }],
  agreement: { steps: 100_000, tolerance: 0.05, falls: false },
} satisfies Workload;
