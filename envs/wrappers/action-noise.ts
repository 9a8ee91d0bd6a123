import { z } from 'zod';
import { section } from '../../src/core/section';
import { actionRoom, changed, wrapper } from '../wrapper';

/** What a policy must bear: actions that are not always the ones it chose. */
export default wrapper({
  description: 'replaces discrete actions by random ones with a probability, adds Gaussian noise to continuous ones',
  options: section({
    probability: z
      .number()
      .min(0)
      .max(1)
      .default(0.1)
      .describe('of a uniformly random action, where they are discrete'),
    deviation: z
      .number()
      .min(0)
      .default(0.1)
      .describe('of the noise over half the width of each component’s bounds, where they are continuous; clipped'),
  }),
  wrap: (dynamics, { probability, deviation }) => {
    const { actionSpace } = dynamics;
    const { size } = actionSpace;
    const room = actionRoom(dynamics);
    return changed(dynamics, (inside) => ({
      stochastic: true,
      step: (states, actions, rewards, terminated, random) => {
        const n = rewards.length;
        const taken = room(n);
        taken.set(actions);
        for (let i = 0; i < n; i++) {
          const source = random.of(i);
          if (actionSpace.kind === 'box') {
            for (let k = 0; k < size; k++) {
              const half = (actionSpace.high[k]! - actionSpace.low[k]!) / 2;
              const at = i * size + k;
              taken[at] = taken[at]! + deviation * (Number.isFinite(half) ? half : 1) * source.normal();
            }
          } else if (source.uniform() < probability) {
            if (actionSpace.kind === 'discrete') taken[i] = actionSpace.start + source.integer(actionSpace.n);
            else for (let k = 0; k < size; k++) taken[i * size + k] = source.integer(actionSpace.counts[k]!);
          }
        }
        if (actionSpace.kind === 'box') actionSpace.clip(taken as Float32Array);
        dynamics.step(inside(states), taken, rewards, terminated, random);
      },
    }));
  },
});
