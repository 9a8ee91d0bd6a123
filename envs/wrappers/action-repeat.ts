import { z } from 'zod';
import { section } from '../../src/core/section';
import { changed, rewardRoom, wrapper } from '../wrapper';

/**
 * One decision stands for several steps; their rewards are added. An episode that ends within them ends there. The time
 * limit counts decisions: the inner limit over `times`, rounded up.
 */
export default wrapper({
  description: 'takes every action several times and adds the rewards',
  options: section({ times: z.number().int().positive().default(4) }),
  wrap: (dynamics, { times }) => {
    const { stateSize } = dynamics;
    const room = rewardRoom();
    let sums = new Float64Array(1);
    let ended = new Uint8Array(1);
    let kept = new Float64Array(stateSize);
    return changed(dynamics, (inside) => ({
      maxEpisodeSteps: Math.ceil(dynamics.maxEpisodeSteps / times),
      step: (states, actions, rewards, terminated, random) => {
        const n = rewards.length;
        if (sums.length !== n) {
          sums = new Float64Array(n);
          ended = new Uint8Array(n);
          kept = new Float64Array(n * stateSize);
        }
        const inner = inside(states);
        const given = room(n);
        sums.fill(0);
        ended.fill(0);
        let running = n;
        for (let time = 0; time < times && running > 0; time++) {
          dynamics.step(inner, actions, given, terminated, random);
          for (let i = 0; i < n; i++) {
            if (ended[i] === 1) {
              // The dynamics know no ends: the others' next step moved this one on, too.
              for (let k = 0; k < stateSize; k++) inner[k]![i] = kept[i * stateSize + k]!;
              continue;
            }
            sums[i] = sums[i]! + given[i]!;
            if (terminated[i] !== 1) continue;
            ended[i] = 1;
            running--;
            for (let k = 0; k < stateSize; k++) kept[i * stateSize + k] = inner[k]![i]!;
          }
        }
        rewards.set(sums);
        terminated.set(ended);
      },
    }));
  },
});
