import { z } from 'zod';
import { section } from '../../src/core/section';
import { Box } from '../spaces';
import { changed, wrapper } from '../wrapper';

/** The noise is drawn with the step and part of the state, so that an observation is the same however often it is read. */
export default wrapper({
  description: 'adds Gaussian noise to observations',
  options: section({ deviation: z.number().min(0).default(0.1) }),
  wrap: (dynamics, { deviation }) => {
    const { stateSize } = dynamics;
    const { shape, size: width } = dynamics.observationSpace;
    return changed(dynamics, (inside) => ({
      added: width,
      stochastic: true,
      observationSpace: new Box({ low: -Infinity, high: Infinity, shape }),
      reset: (states, i, random, parameters) => {
        dynamics.reset(inside(states), i, random, parameters);
        for (let k = 0; k < width; k++) states[stateSize + k]![i] = deviation * random.normal();
      },
      step: (states, actions, rewards, terminated, random) => {
        dynamics.step(inside(states), actions, rewards, terminated, random);
        for (let i = 0; i < rewards.length; i++) {
          const source = random.of(i);
          for (let k = 0; k < width; k++) states[stateSize + k]![i] = deviation * source.normal();
        }
      },
      observe: (states, from, to, out) => {
        dynamics.observe(inside(states), from, to, out);
        for (let k = 0; k < width; k++) {
          const noise = states[stateSize + k]!;
          for (let i = from; i < to; i++) out[i * width + k] = out[i * width + k]! + noise[i]!;
        }
      },
    }));
  },
});
