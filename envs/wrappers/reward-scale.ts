import { z } from 'zod';
import { section } from '../../src/core/section';
import { changed, rewardRoom, wrapper } from '../wrapper';

/** Returns are of the scaled rewards, too; a reward threshold is scaled with them. */
export default wrapper({
  description: 'multiplies rewards by a factor and adds an offset',
  options: section({ scale: z.number().default(1), offset: z.number().default(0) }),
  wrap: (dynamics, { scale, offset }) => {
    const { rewardThreshold } = dynamics;
    const scaled = rewardThreshold !== undefined && offset === 0 && scale > 0;
    const { rewardThreshold: _threshold, ...rest } = dynamics;
    const room = rewardRoom();
    return changed(scaled ? { ...rest, rewardThreshold: rewardThreshold * scale } : rest, (inside) => ({
      step: (states, actions, rewards, terminated, random) => {
        const given = room(rewards.length);
        dynamics.step(inside(states), actions, given, terminated, random);
        for (let i = 0; i < given.length; i++) rewards[i] = given[i]! * scale + offset;
      },
    }));
  },
});
