import { z } from 'zod';
import { KdlabError } from '../../src/core/errors';
import { section } from '../../src/core/section';
import { Box } from '../spaces';
import { actionRoom, changed, wrapper } from '../wrapper';

/** Gymnasium's RescaleAction: an affine map of bounds onto bounds, so that a policy need not know the units. */
export default wrapper({
  description: 'takes continuous actions within the same bounds whatever the environment’s are',
  options: section({ low: z.number().default(-1), high: z.number().default(1) }),
  wrap: (dynamics, { low, high }) => {
    const { id, actionSpace } = dynamics;
    if (actionSpace.kind !== 'box' || ![...actionSpace.low, ...actionSpace.high].every(Number.isFinite))
      throw new KdlabError(`rescale-action: ${id} has actions ${actionSpace}; expected a Box with finite bounds`);
    if (!(low < high)) throw new KdlabError(`rescale-action: expected low < high, found ${low} and ${high}`);
    const { size } = actionSpace;
    const room = actionRoom(dynamics);
    return changed(dynamics, (inside) => ({
      actionSpace: new Box({ low, high, shape: actionSpace.shape }),
      step: (states, actions, rewards, terminated, random) => {
        const taken = room(rewards.length) as Float32Array;
        for (let k = 0; k < taken.length; k++) {
          const [from, to] = [actionSpace.low[k % size]!, actionSpace.high[k % size]!];
          taken[k] = from + ((actions[k]! - low) / (high - low)) * (to - from);
        }
        actionSpace.clip(taken);
        dynamics.step(inside(states), taken, rewards, terminated, random);
      },
    }));
  },
});
