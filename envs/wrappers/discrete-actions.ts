import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { Discrete } from '../spaces';
import { actionRoom, changed, wrapper } from '../wrapper';

/** Action a of `values` for each of d components: component k takes the value number ⌊a / values^k⌋ mod values. */
export default wrapper({
  description: 'offers evenly spaced values of continuous actions as discrete ones, for policies of logits',
  options: section({ values: z.number().int().min(2).default(5).describe('of each component, bounds included') }),
  wrap: (dynamics, { values }) => {
    const { id, actionSpace } = dynamics;
    if (actionSpace.kind !== 'box' || ![...actionSpace.low, ...actionSpace.high].every(Number.isFinite))
      throw new KdlabError(`discrete-actions: ${id} has actions ${actionSpace}; expected a Box with finite bounds`);
    const { low, high, size } = actionSpace;
    const room = actionRoom(dynamics);
    return changed(dynamics, (inside) => ({
      actionSpace: new Discrete(values ** size),
      step: (states, actions, rewards, terminated, random) => {
        const taken = room(rewards.length);
        for (let i = 0; i < rewards.length; i++) {
          let left = actions[i]!;
          for (let k = 0; k < size; k++) {
            const part = (left % values) / (values - 1);
            taken[i * size + k] = low[k]! + part * (high[k]! - low[k]!);
            left = Math.floor(left / values);
          }
        }
        dynamics.step(inside(states), taken, rewards, terminated, random);
      },
    }));
  },
});
