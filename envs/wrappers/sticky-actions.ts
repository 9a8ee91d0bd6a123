import { z } from 'zod';
import { section } from '../../src/core/section';
import { actionRoom, changed, wrapper } from '../wrapper';

/**
 * Machado et al. 2018 (arXiv:1709.06009), section 5.2. The state is extended by the action taken last and by whether
 * there is one: the first action of an episode is always taken.
 */
export default wrapper({
  description: 'repeats the action before with a probability',
  options: section({ probability: z.number().min(0).max(1).default(0.25) }),
  wrap: (dynamics, { probability }) => {
    const { stateSize, actionSpace } = dynamics;
    const { size } = actionSpace;
    const room = actionRoom(dynamics);
    return changed(dynamics, (inside) => ({
      added: 1 + size,
      stochastic: true,
      reset: (states, i, random, parameters) => {
        for (let k = stateSize; k < states.length; k++) states[k]![i] = 0;
        dynamics.reset(inside(states), i, random, parameters);
      },
      step: (states, actions, rewards, terminated, random) => {
        const n = rewards.length;
        const taken = room(n);
        const begun = states[stateSize]!;
        for (let i = 0; i < n; i++) {
          const repeat = random.of(i).uniform() < probability && begun[i] === 1;
          for (let k = 0; k < size; k++) {
            const last = states[stateSize + 1 + k]!;
            if (!repeat) last[i] = actions[i * size + k]!;
            taken[i * size + k] = last[i]!;
          }
          begun[i] = 1;
        }
        dynamics.step(inside(states), taken, rewards, terminated, random);
      },
    }));
  },
});
